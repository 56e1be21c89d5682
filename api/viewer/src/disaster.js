// Disaster zones: which there are, and how far their works stand as of a day.
import { get } from "./api.js";
import { byId, facts, h, number } from "./dom.js";
import * as layers from "./layers.js";
import { sayError } from "./live.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";
import { sheet as words } from "./words.js";

let zones = [];

/** Fetches the zones; the tab fills itself the first time it is opened. */
export async function fill(asOf = "") {
  const panel = byId("disaster");
  if (panel.childElementCount && !asOf) return;
  try {
    if (!zones.length) zones = readFeatures(await get("collections/disaster_zones/items", { limit: 100, f: "json" }));
    layers.noteSynthetic(zones);
    const shown = await Promise.all(zones.map((zone) => sheet(zone, asOf)));
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), day(asOf), ...(shown.length ? shown : [h("p", { class: "note" }, "등록된 지구가 없습니다.")]));
  } catch (error) {
    panel.replaceChildren(h("h2", {}, "재해위험개선지구"), h("p", { class: "refusal" }, error.message));
    sayError(error);
  }
}

function day(asOf) {
  const input = h("input", { type: "date", value: asOf, onchange: ({ target }) => target.value && fill(target.value) });
  return h("div", { class: "question" }, h("label", {}, "기준일", input));
}

async function sheet(zone, asOf) {
  const id = zone.getId() ?? zone.get("zone_id") ?? zone.get("id");
  const status = await get(`disaster-zones/${encodeURIComponent(id)}/status`, { as_of: asOf });
  return h("article", { class: "card" },
    h("h3", {}, String(zone.get("name") ?? id)),
    facts([["등급", zone.get("grade")], ["유형", zone.get("type") ?? zone.get("kind")], ["면적", `${number(zone.get("area_m2") ?? zone.getGeometry().getArea(), 0)} ㎡`], ["지정", zone.get("designated_on")], ["고시", zone.get("notice_no")]]),
    h("button", { type: "button", onclick: () => selection.select([zone.clone()], { zoom: true }) }, "지도에서 보기"),
    words(status));
}
