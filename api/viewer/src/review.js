// A parcel's permit review: asking for it by click, table, search or permalink, and showing it.
import { getHeight, getWidth } from "ol/extent.js";
import { get } from "./api.js";
import { byId, h, number, table } from "./dom.js";
import * as layers from "./layers.js";
import { say, sayError } from "./live.js";
import { map } from "./map.js";
import { page } from "./review_panel.js";
import * as selection from "./selection.js";
import * as tabs from "./tabs.js";

const ROWS = 60;
const listeners = [];
let asked = null;
let running = null;
let joining = null; // the question that the next parcel is added to
let showRoad = null;

/** Calls `listener()` when another site is asked for. */
export const onAsk = (listener) => listeners.push(listener);
/** The question that is answered now: {pnu} or {address} or {x, y}, with use, gfa_m2, as_of; or null. */
export const question = () => asked;

/** `openRoad(id)` shows a designated road that a review names. */
export function setup(openRoad) {
  showRoad = openRoad;
  const refresh = () => { if (!asked || joining) welcome(); }; // OpenLayers takes a listener's false as "tell no other"
  map.on("moveend", refresh);
  layers.onChange((id) => { if (id === "parcels") refresh(); });
  welcome();
}

/** Reviews the parcel at a place (EPSG:5186). */
export function at(coordinate) {
  const parcel = layers.layer("parcels").getSource().getFeaturesAtCoordinate(coordinate)[0];
  const [x, y] = coordinate.map((value) => value.toFixed(2));
  if (joining && !parcel) return say("더할 필지를 지도에서 다시 누르거나 표에서 고르십시오.", "error");
  return pick(parcel ? { pnu: parcel.get("pnu") } : { x, y });
}

/** Reviews a parcel that was picked, with those picked before where one is to be added. */
function pick(parameters, options) {
  const before = joining;
  joining = null;
  if (!before) return ask(parameters, options);
  const pnus = new Set([...before.pnu.split("+"), parameters.pnu]);
  return ask({ ...before, pnu: [...pnus].join("+") }, { zoom: true, focus: true });
}

/** Asks for a review and shows it; `zoom` brings the site into view, `focus` moves the keyboard to it. */
export async function ask(parameters, { zoom = false, focus = false } = {}) {
  running?.abort();
  running = new AbortController();
  tabs.open("review");
  const panel = byId("review");
  panel.setAttribute("aria-busy", "true");
  try {
    const review = await get("permit-review", parameters, running.signal);
    asked = parameters;
    joining = null;
    present(review, parameters, zoom);
    if (focus) byId("verdict").focus();
  } catch (error) {
    if (error.name === "AbortError") return;
    refuse(error);
  }
  panel.removeAttribute("aria-busy");
  listeners.forEach((listener) => listener());
}

function present(review, parameters, zoom) {
  const { site, roads } = review;
  const ground = selection.read([site.geometry]);
  const lines = selection.read(roads.flatMap((road) => [road.setback_line, road.corner_cut?.geometry]), { setback: true });
  selection.select(ground, { zoom: zoom || ground.some(tiny) });
  layers.layer("selection").getSource().addFeatures(lines);
  layers.noteSynthetic([...site.zoning, ...review.permits, ...review.hazards]);
  const again = (more) => ask({ ...parameters, ...more }, { focus: true });
  byId("review").replaceChildren(...page(review, parameters, again, showRoad), print(parameters), h("div", { class: "offers" },
    h("button", { type: "button", class: "plain", onclick: () => join(review, parameters) }, "필지 더하기"), h("button", { type: "button", class: "plain", onclick: forget }, "다른 필지 고르기")));
  byId("review").scrollTop = 0;
  say(`${site.address} 검토 결과를 열었습니다.`);
}

/** Lets another parcel be picked, on the map or in the table, that forms one site with these. */
function join({ site }, { use, gfa_m2, as_of }) {
  joining = Object.fromEntries(Object.entries({ pnu: site.pnus.join("+"), use, gfa_m2, as_of }).filter(([, value]) => value));
  welcome();
  byId("review").scrollTop = 0;
  byId("pick").focus();
}

/** The page to file, in a window of its own. */
function print(parameters) {
  const query = new URLSearchParams([...Object.entries(parameters).filter(([, value]) => value), ["f", "html"]]);
  return h("p", {}, h("a", { href: `permit-review?${query}`, target: "_blank", rel: "noopener" }, "검토서 인쇄 (A4 한 쪽, 새 창)"));
}

/** True for a site that a person would hardly see at this scale. */
function tiny(feature) {
  const extent = feature.getGeometry().getExtent();
  return Math.max(getWidth(extent), getHeight(extent)) < 24 * map.getView().getResolution();
}

function refuse(error) {
  asked = joining = null;
  selection.select([]);
  const { suggestions = [], candidates = [] } = error.problem ?? {};
  const offers = [...suggestions, ...candidates].map((one) => (typeof one === "string" ? one : one.address ?? one.name ?? one.pnu)).filter(Boolean);
  const login = error.status === 401 || error.status === 403;
  byId("review").replaceChildren(
    h("h2", {}, "검토할 수 없습니다"), h("p", { class: "refusal" }, error.message),
    ...(login ? [h("p", {}, h("a", { href: "login" }, "로그인하기"))] : []),
    ...(offers.length ? [h("p", {}, "혹시 다음을 찾으셨습니까? 저절로 고쳐 찾지 않으니 골라 주십시오.")] : []),
    h("div", { class: "offers" }, offers.map((offer) => h("button", { type: "button", onclick: () => ask(/^\d{19}$/.test(offer) ? { pnu: offer } : { address: offer }, { zoom: true, focus: true }) }, offer))),
    h("button", { type: "button", class: "plain", onclick: forget }, "필지 표로 돌아가기"));
  sayError(error);
}

function forget() {
  asked = joining = null;
  selection.select([]);
  welcome();
  byId("review").focus();
  listeners.forEach((listener) => listener());
}

/** The keyboard's twin of the map: the parcels in view, nearest to its centre first. */
function welcome() {
  const extent = map.getView().calculateExtent(map.getSize());
  const [x, y] = map.getView().getCenter();
  const near = (feature) => {
    const [left, bottom, right, top] = feature.getGeometry().getExtent();
    return Math.hypot((left + right) / 2 - x, (bottom + top) / 2 - y);
  };
  const parcels = layers.layer("parcels");
  const visible = parcels.getVisible() && map.getView().getResolution() < parcels.getMaxResolution();
  const found = visible ? parcels.getSource().getFeaturesInExtent(extent).map((feature) => [near(feature), feature]).sort(([a], [b]) => a - b) : [];
  const rows = found.slice(0, ROWS).map(([, feature]) => [
    h("button", { type: "button", class: "link", onclick: () => pick({ pnu: feature.get("pnu") }, { zoom: true, focus: true }) }, String(feature.get("jibun") ?? feature.get("pnu"))),
    String(feature.get("jimok") ?? "–"), `${number(feature.get("area_m2"), 0)} ㎡`]);
  byId("review").replaceChildren(
    h("h2", { id: "pick", tabindex: "-1" }, joining ? "더할 필지를 고르십시오" : "필지를 고르십시오"),
    h("p", {}, joining ? `지도나 표에서 고른 필지를 지금의 필지 ${joining.pnu.split("+").length}개와 한 대지로 합쳐 검토합니다.` : "지도에서 필지를 누르거나, 위에서 지번을 찾거나, 아래 표에서 고르면 접도와 건축선을 검토합니다."),
    ...(joining ? [h("button", { type: "button", class: "plain", onclick: () => ask(asked, { focus: true }) }, "더하지 않기")] : []),
    rows.length
      ? table(`화면의 필지 ${found.length}개${found.length > ROWS ? ` (가운데에서 가까운 ${ROWS}개)` : ""}`, ["지번", "지목", "공부 면적"], rows)
      : h("p", { class: "note" }, visible ? "화면에 필지가 없습니다." : "지도를 더 확대하면 화면의 필지가 표로 나옵니다."));
}
