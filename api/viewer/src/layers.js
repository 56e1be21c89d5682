// Vector layers: what each shows, from which collection, and the Layers tab with switches and legend.
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { get } from "./api.js";
import { byId, h } from "./dom.js";
import * as imagery from "./imagery.js";
import { say, sayError } from "./live.js";
import { extentToLonlat, map, readFeatures } from "./map.js";
import * as symbols from "./symbols.js";

const LIMIT = 5000;
const CELL_M = 500; // data are asked for in squares of this size, larger ones from afar, so that a small pan asks for nothing
const { look } = symbols;

/** id: the collection; near: shown below this resolution (m/px); looks: {value: look}; field: the property that takes those values. */
const COLLECTIONS = [
  { id: "ri", title: "리 경계", style: symbols.boundaryStyle, zIndex: 10, near: 64, on: false },
  { id: "parcels", title: "필지", style: symbols.parcelStyle, zIndex: 20, near: 1.6, on: true, key: "pnu" },
  { id: "disaster_zones", title: "재해위험지구", style: symbols.zoneStyle, zIndex: 30, near: 128, on: true, key: "id", looks: { zone: look.disaster.zone } },
  { id: "designated_roads", title: "지정도로", style: symbols.roadStyle, zIndex: 40, near: 8, on: true, key: "road_uid", looks: look.road_bases, field: "legal_basis" },
  { id: "disaster_works", title: "재해 정비 공사", style: symbols.workStyle, zIndex: 60, near: 16, on: true, key: "id", looks: { works: look.disaster.works } },
  { id: "disaster_facilities", title: "방재시설", style: symbols.facilityStyle, zIndex: 61, near: 16, on: true, key: "id", looks: { facilities: look.disaster.facilities } },
];

const layers = new Map();
const dates = new Map();
const left_out = new Map();
const listeners = [];
let syntheticSeen = false;

export const layer = (id) => layers.get(id);
export const features = (id) => layers.get(id).getSource().getFeatures();
/** Calls `listener(id)` when a layer got features, or was switched on or off. */
export const onChange = (listener) => listeners.push(listener);
export const shown = () => [...layers].filter(([, one]) => one.getVisible()).map(([id]) => id);

/** Switches exactly the layers named on. */
export function showOnly(ids) {
  for (const [id, one] of layers) one.setVisible(ids.includes(id));
}

/** What the legend leaves out, as `layer.value` each. */
export const hidden = () => [...left_out].flatMap(([id, values]) => [...values].map((value) => `${id}.${value}`));

/** Leaves out exactly what is named as `layer.value`. */
export function hide(names) {
  left_out.clear();
  for (const [id, value] of names.map((name) => name.split("."))) leave(id, value, true);
}

function leave(id, value, out) {
  if (!left_out.has(id)) left_out.set(id, new Set());
  left_out.get(id)[out ? "add" : "delete"](value);
  layers.get(id)?.changed();
}

/** A style that draws nothing for what the legend leaves out; `field` holds the value of the legend. */
export const filtered = (id, field, style) => (feature, resolution) => (left_out.get(id)?.has(String(feature.get(field))) ? null : style(feature, resolution));

/** Adds a layer that fills itself or is filled by somebody else (changes, selection). */
export function add(id, options) {
  const made = new VectorLayer({ source: new VectorSource(), updateWhileInteracting: true, ...options });
  layers.set(id, made);
  map.addLayer(made);
  return made;
}

export function setDate(id, text) {
  dates.set(id, text);
  draw();
}

export function setup() {
  for (const { id, style, zIndex, near, on, key, field } of COLLECTIONS) {
    const asked = new Set();
    const source = new VectorSource({ strategy: squares(asked) });
    const askAgainLater = (extent) => map.once("movestart", () => { // once the map is moved: at once would ask in every frame
      asked.clear();
      source.removeLoadedExtent(extent);
    });
    source.setLoader((extent, resolution, projection, done, failed) => load(id, key, source, extent, askAgainLater).then(done, (error) => {
      askAgainLater(extent);
      failed();
      sayError(error);
    }));
    add(id, { source, style: field ? filtered(id, field, style) : style, zIndex, maxResolution: near, visible: on });
  }
  imagery.onChoose(draw);
}

/** What to ask for when the view is `extent`: one box round those of its squares that were not asked for before. */
const squares = (asked) => ([left, bottom, right, top], resolution) => {
  const side = CELL_M * 2 ** Math.max(0, Math.ceil(Math.log2(resolution)));
  const [x0, y0, x1, y1] = [left, bottom, right, top].map((value, n) => (n < 2 ? Math.floor : Math.ceil)(value / side) * side);
  let box = null;
  for (let x = x0; x < x1; x += side) {
    for (let y = y0; y < y1; y += side) {
      if (asked.has(`${side},${x},${y}`)) continue;
      asked.add(`${side},${x},${y}`);
      box = box ? [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + side), Math.max(box[3], y + side)] : [x, y, x + side, y + side];
    }
  }
  return box ? [box] : [];
};

async function load(id, key, source, extent, askAgainLater) {
  const bbox = extentToLonlat(extent).map((degrees) => degrees.toFixed(7)).join(",");
  const answer = await get(`collections/${id}/items`, { bbox, limit: LIMIT });
  const found = readFeatures(answer);
  for (const feature of found) if (feature.getId() === undefined && key) feature.setId(feature.get(key));
  source.addFeatures(found);
  if ((answer.numberMatched ?? 0) > found.length) {
    askAgainLater(extent);
    say(`${title(id)}: ${answer.numberMatched}개 가운데 ${found.length}개만 그렸습니다. 더 확대하십시오.`);
  }
  noteSynthetic(found);
  setDate(id, dated(answer, found));
  listeners.forEach((listener) => listener(id));
}

/** How old a layer is: what its rows say, and when it was asked for. */
function dated(answer, found) {
  const newest = found.map((feature) => feature.get("source_date") ?? feature.get("valid_from")).filter(Boolean).sort().at(-1);
  const asked = answer.timeStamp ? new Date(answer.timeStamp) : new Date();
  return [newest && `가장 늦은 자료 ${newest}`, `${asked.toLocaleDateString("sv-SE")} 조회`].filter(Boolean).join(" · ");
}

const title = (id) => COLLECTIONS.find((one) => one.id === id).title;

/** Puts up the badge as soon as anything shown says that it is synthetic; it never goes away again. */
export function noteSynthetic(things) {
  const says = (thing) => thing?.synthetic ?? thing?.get?.("synthetic");
  if (syntheticSeen || !things.some((thing) => [true, 1, "Y", "true"].includes(says(thing)))) return;
  syntheticSeen = true;
  byId("synthetic").textContent = look.synthetic;
  byId("synthetic").hidden = false;
}

/** Draws the Layers tab: a switch, a date and a legend for each layer. */
export function draw() {
  const imageRows = [["left", "왼쪽"], ["right", "오른쪽"]].map(([side, name]) => {
    const survey = imagery.chosen(side);
    return survey && h("li", {}, h("b", {}, `항공사진 ${name}`), h("small", {}, imagery.describe(survey)));
  });
  const rows = [{ id: "changes", title: "변화", looks: look.change_classes, field: "class" }, ...COLLECTIONS.slice().reverse()].filter(({ id }) => layers.has(id)).map(row);
  byId("layers").replaceChildren(
    h("h2", {}, "보이는 자료"), h("ul", { class: "layers" }, imageRows, rows),
    h("h3", {}, "지정도로 상태"), h("p", {}, Object.values(look.road_statuses).map(({ label, dash }) => h("span", { class: "key" }, symbols.swatch({ colour: "#0b50d0", pattern: "none", dash }), label))),
    h("p", { class: "note" }, "색과 함께 빗금과 테두리로 구별합니다. 면적과 길이는 EPSG:5186 평면에서 잽니다."));
}

function row({ id, title, near, looks = {}, field }) {
  const one = layers.get(id);
  const box = h("input", { type: "checkbox", id: `layer-${id}`, checked: one.getVisible() });
  box.addEventListener("change", () => {
    one.setVisible(box.checked);
    listeners.forEach((listener) => listener(id));
  });
  const date = [dates.get(id), near && near < 64 ? "확대하면 보입니다" : null].filter(Boolean).join(" · ");
  return h("li", {}, h("label", {}, box, title), h("small", {}, date),
    Object.keys(looks).length ? h("p", {}, Object.entries(looks).map(([value, symbol]) => key(id, field, value, symbol))) : null);
}

/** One entry of the legend; where the layer can be filtered by it, a button that leaves it out or brings it back. */
function key(id, field, value, symbol) {
  if (!field) return h("span", { class: "key" }, symbols.swatch(symbol), symbol.label);
  const toggle = ({ currentTarget: button }) => {
    const out = button.getAttribute("aria-pressed") === "true";
    leave(id, value, out);
    button.setAttribute("aria-pressed", String(!out));
    listeners.forEach((listener) => listener(id));
  };
  const seen = !left_out.get(id)?.has(value);
  return h("button", { type: "button", class: "key", "aria-pressed": String(seen), onclick: toggle }, symbols.swatch(symbol), symbol.label);
}
