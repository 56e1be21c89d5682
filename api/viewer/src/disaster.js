// Disaster zones: which there are, how their works stand as of a day, what they cost.
import { get } from "./api.js";
import { area, byId, facts, h, number, table } from "./dom.js";
import * as layers from "./layers.js";
import { sayError } from "./live.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";
import { look } from "./symbols.js";

let zones = null;

/** Fills the tab; without a day only once, and as of today. */
export async function fill(asOf = "") {
  const panel = byId("disaster");
  if (panel.childElementCount && !asOf) return;
  try {
    zones ??= await get("collections/disaster_zones/items", { limit: 100 });
    const statuses = await Promise.all(zones.features.map(({ id }) => get(`disaster-zones/${encodeURIComponent(id)}/status`, { as_of: asOf })));
    layers.noteSynthetic(zones.features.map(({ properties }) => properties));
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), day(asOf || statuses[0]?.as_of),
      ...(statuses.length ? zones.features.map((zone, n) => sheet(zone, statuses[n])) : [h("p", { class: "note" }, "등록된 지구가 없습니다.")]));
  } catch (error) {
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), h("p", { class: "refusal" }, error.message));
    sayError(error);
  }
}

function day(asOf = "") {
  const input = h("input", { type: "date", value: asOf, onchange: ({ target }) => target.value && fill(target.value) });
  return h("div", { class: "question" }, h("label", {}, "기준일 (이 날의 상태를 봅니다)", input));
}

function sheet(zone, status) {
  const { name, type, grade, designated_on, released_on, area_notice_m2, source, source_date } = zone.properties;
  const shape = readFeatures(zone);
  return h("article", { class: "zone" },
    h("h3", {}, `${name} 지구`),
    h("p", { class: "sentence" }, status.sentence),
    facts([["등급", grade], ["유형", look.zone_types[type] ?? type], ["고시 면적", area(area_notice_m2)], ["지정", designated_on], ["해제", released_on], ["출처", [source, source_date].filter(Boolean).join(", ")]]),
    shape.length ? h("button", { type: "button", class: "plain", onclick: () => selection.select(shape.map((one) => one.clone()), { zoom: true }) }, "지도에서 보기") : h("p", { class: "note" }, "지구의 도형이 공개되지 않아 지도에 그릴 수 없습니다."),
    steps("사업과 공정", [...status.projects, ...status.events]),
    steps("시설", status.facilities), steps("공사", status.works),
    ...status.budget.map(budget));
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
