// Disaster zones: what storms would reach, how their works stand as of a day, what they cost.
import "./disaster.css";
import { get } from "./api.js";
import { explorer } from "./disaster_explorer.js";
import * as flood from "./disaster_flood.js";
import { permits } from "./disaster_permits.js";
import { area, byId, facts, h, number, table } from "./dom.js";
import * as layers from "./layers.js";
import { sayError } from "./live.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";
import { look } from "./symbols.js";

let zones = null;
const explorers = new Map();
let said = {};
let chosen = {};
let day = "";
let review = null;
const listeners = [];

/** Calls `listener` whenever another modelled flood is shown. */
export const onChoose = (listener) => listeners.push(listener);

/** What is shown, for the address: { zone_day, flood_zone, flood, flood_from, flood_hidden }; what is not chosen is empty. */
export const shown = () => ({ zone_day: day, flood_zone: chosen.zone, flood: chosen.scenario, flood_from: chosen.from, flood_hidden: chosen.hidden ? "1" : "" });

/** Takes what the address asks for; `ask(question)` opens the review of a site. */
export function setup({ zoneDay, floodZone: zone, flood: scenario, floodFrom: from, floodHidden: hidden }, ask) {
  said = { zone, scenario, from, hidden };
  day = zoneDay ?? "";
  review = ask;
  flood.setup();
}

/** Makes a zone's explorer; the map shows the flood that the address names, else that of the first zone that has any. */
async function explore(id) {
  const shows = said.zone ? said.zone === id : ![...explorers.values()].some(Boolean);
  explorers.set(id, await explorer(id, shows ? said : null, choose));
}

function choose(found) {
  chosen = found;
  listeners.forEach((listener) => listener());
}

/** Fills the tab once; where nobody chose a day, as of today. */
export async function fill() {
  if (!byId("disaster").childElementCount) await draw();
}

function chooseDay(value) {
  day = value;
  listeners.forEach((listener) => listener());
  return draw();
}

async function draw() {
  const panel = byId("disaster");
  try {
    zones ??= await get("collections/disaster_zones/items", { limit: 100 });
    const statuses = await Promise.all(zones.features.map(({ id }) => get(`disaster-zones/${encodeURIComponent(id)}/status`, { as_of: day })));
    const open = await Promise.all(zones.features.map((zone) => (zone.geometry ? permits(zone, review) : [])));
    layers.noteSynthetic(zones.features.map(({ properties }) => properties));
    for (const { id } of zones.features) if (!explorers.has(id)) await explore(id);
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), dayForm(day || statuses[0]?.as_of),
      ...(statuses.length ? zones.features.map((zone, n) => sheet(zone, statuses[n], open[n])) : [h("p", { class: "note" }, "등록된 지구가 없습니다.")]));
  } catch (error) {
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), h("p", { class: "refusal" }, error.message));
    sayError(error);
  }
}

function dayForm(asOf = "") {
  const input = h("input", { type: "date", value: asOf, onchange: ({ target }) => target.value && chooseDay(target.value) });
  return h("div", { class: "question" }, h("label", {}, "기준일 (이 날의 상태를 봅니다)", input));
}

function sheet(zone, status, open) {
  const { name, type, grade, designated_on, released_on, area_notice_m2, source, source_date } = zone.properties;
  const shape = readFeatures(zone);
  const home = `disaster-zones/${encodeURIComponent(zone.id)}`;
  return h("article", { class: "zone" },
    h("h3", {}, `${name} 지구`),
    h("p", { class: "sentence" }, status.sentence),
    facts([["등급", grade], ["유형", look.zone_types[type] ?? type], ["고시 면적", area(area_notice_m2)], ["지정", designated_on], ["해제", released_on], ["출처", [source, source_date].filter(Boolean).join(", ")]]),
    explorers.get(zone.id)?.element ?? h("p", { class: "note" }, "계산된 침수 시나리오가 없습니다."),
    shape.length ? h("button", { type: "button", class: "plain", onclick: () => selection.select(shape.map((one) => one.clone()), { zoom: true }) }, "지도에서 보기") : h("p", { class: "note" }, "지구의 도형이 공개되지 않아 지도에 그릴 수 없습니다."),
    h("a", { href: `${home}/sheet?as_of=${status.as_of}`, target: "_blank", rel: "noopener" }, "현황표 (인쇄용, 새 창)"),
    h("section", {}, ...open),
    picture("공정", `${home}/timeline.svg?as_of=${status.as_of}`, `공정표, ${status.as_of} 현재. 아래 표에 같은 내용이 있습니다.`),
    steps("사업과 공정", [...status.projects, ...status.events]),
    steps("시설", status.facilities), steps("공사", status.works),
    picture("사업비", `${home}/budget.svg`, "재원별 사업비 막대. 아래 표에 같은 내용이 있습니다."),
    ...status.budget.map(budget));
}

function picture(title, address, words) {
  return h("figure", { class: "picture" }, h("figcaption", {}, title), h("img", { src: address, alt: words }));
}

function steps(title, items) {
  if (!items?.length) return null;
  const rows = items.map(({ name, state, label, start, end, sentence }) => [
    [name, h("small", {}, sentence.replace(`${name}: `, ""))], [h("span", { class: "day" }, start ?? "미정"), " ~ ", h("span", { class: "day" }, end ?? "미정")],
    h("span", { class: "state", "data-state": state }, label)]);
  return table(title, ["이름", "기간", "상태"], rows);
}

function budget({ cost_mkrw, parts, sentence }) {
  const rows = parts.map(({ fund, amount_mkrw, share_pct }) => [fund, number(amount_mkrw, 0), share_pct === null ? "–" : `${number(share_pct, 2)} %`]);
  return h("div", {}, table(`총사업비 ${number(cost_mkrw, 0)} 백만원`, ["재원", "백만원", "비율"], rows), h("p", { class: "note" }, sentence));
}
