// The permits that are open inside a zone, as a table, on the map and as CSV.
import { get } from "./api.js";
import { h, number, table } from "./dom.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";

const OPEN_STATES = ["접수", "보완", "협의", "허가", "착공"]; // as geo/registry/permit.py has them
const LIMIT = 500;

/** The elements that tell of the open permits inside `zone` (GeoJSON); `review(question)` opens a site's review. */
export async function permits(zone, review) {
  const inside = { op: "s_intersects", args: [{ property: "geometry" }, zone.geometry] };
  const open = { op: "in", args: [{ property: "state" }, OPEN_STATES] };
  const asked = { filter: JSON.stringify({ op: "and", args: [inside, open] }), "filter-lang": "cql2-json", limit: LIMIT };
  const answer = await get("collections/permits/items", asked).catch((error) => {
    if (error.status === 401 || error.status === 403) return null;
    throw error;
  });
  const title = h("h4", {}, "지구 안의 진행 중 인허가");
  if (!answer) return [title, h("p", { class: "note" }, "로그인하면 보입니다. ", h("a", { href: "login" }, "로그인하기"))];
  const found = answer.features.map(({ properties }) => properties);
  const rows = found.map((one) => [
    [h("button", { type: "button", class: "link", onclick: () => review({ pnu: one.main_pnu }) }, `${one.kind} ${one.permit_no ?? one.permit_id}`), h("small", {}, `${one.applied_on ?? "–"} 신청`)],
    one.state, [one.use, one.gfa_m2 && `${number(one.gfa_m2, 0)} ㎡`].filter(Boolean).join(" ") || "–"]);
  const file = `collections/permits/items?${new URLSearchParams({ ...asked, f: "csv" })}`;
  return [title,
    h("p", {}, found.length ? `${tally(found)}, 모두 ${answer.numberMatched}건입니다.` : "진행 중인 인허가가 없습니다."),
    ...(found.length ? [table(`진행 중 인허가 ${found.length}건`, ["인허가", "상태", "용도 · 연면적"], rows),
      h("p", { class: "offers" }, h("button", { type: "button", class: "plain", onclick: () => selection.select(readFeatures(answer), { zoom: true }) }, "지도에 보이기"), h("a", { class: "file", href: file, download: "permits.csv" }, "CSV로 받기"))] : []),
    h("p", { class: "note" }, "인허가 대장에 지하층이 적혀 있지 않아, 지하층이 있는 것만 가려낼 수는 없습니다.")];
}

/** How many there are of each state, in the order in which a permit passes through them. */
const tally = (found) => OPEN_STATES.map((state) => [state, found.filter((one) => one.state === state).length]).filter(([, count]) => count).map(([state, count]) => `${state} ${count}건`).join(", ");
