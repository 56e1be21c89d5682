// The tab of designated roads: those in view, those where somebody stands, the doubtful ones, figures; one opens from each.
import { get } from "./api.js";
import { byId, h, number, table } from "./dom.js";
import * as layers from "./layers.js";
import { say, sayError } from "./live.js";
import { map, toLonlat } from "./map.js";
import * as place from "./place.js";
import { page } from "./road.js";
import * as selection from "./selection.js";
import { look } from "./symbols.js";
import * as tabs from "./tabs.js";
import { WIDTHS } from "./words.js";

const ROWS = 60;
const MOST_VISITS = 20; // the roads of one inspector's day
const LISTS = { view: inView, found, here, worklist, statistics };
const listeners = [];
let state = { list: "view", road: null, day: "" };
let review = null;
let sought = "";

/** Calls `listener()` when another road or list is shown. */
export const onOpen = (listener) => listeners.push(listener);
/** What is shown, for the address: { road, road_day, road_list }; empty values are left out. */
export const shown = () => ({ road: state.road, road_day: state.day, road_list: state.list === "view" ? "" : state.list });

/** Starts with the list of that name, `query` is what was looked for; `ask(question)` opens the review of a site that a road names. */
export function setup(name, query, ask) {
  [review, sought] = [ask, query ?? ""];
  if (Object.hasOwn(LISTS, name ?? "")) state.list = name;
  const refresh = () => { if (state.list === "view" && !state.road && tabs.current() === "roads") list("view"); }; // never false, see review.js
  map.on("moveend", refresh);
  layers.onChange((id) => { if (id === "designated_roads") refresh(); });
  tabs.onOpen((name) => name === "roads" && !byId("roads").childElementCount && list(state.list));
}

/** Opens one road, as it is and as it was on `day`. */
export async function open(id, day = "") {
  tabs.open("roads");
  try {
    const found = await page(id, day, { review, again: (other) => open(id, other), close: () => list(state.list) });
    state = { ...state, road: id, day };
    selection.select(found.ground, { zoom: true });
    byId("roads").replaceChildren(...found.content);
    byId("roads").scrollTop = 0;
    byId("road").focus();
    say(`${found.name} 이력과 영향을 열었습니다.`);
  } catch (error) {
    sayError(error);
    if (!byId("roads").childElementCount) list("view");
  }
  listeners.forEach((listener) => listener());
}

/** Opens the road under a place on the map (EPSG:5186). */
export function at(coordinate) {
  const road = layers.layer("designated_roads").getSource().getFeaturesAtCoordinate(coordinate)[0];
  if (road) open(road.get("road_uid"));
  else say("이곳에는 지정도로가 그려져 있지 않습니다.");
}

/** Opens the designated road of this name or designation number; several are offered, none is told. */
export async function find(said) {
  sought = said;
  const features = await named();
  if (!features.length) return say(`'${said}' 도로가 대장에 없습니다.`, "error");
  if (features.length === 1) return open(features[0].properties.road_uid);
  tabs.open("roads");
  return list("found");
}

async function named() {
  const text = `'${sought.replaceAll("'", "''")}'`;
  return (await get("collections/designated_roads/items", { limit: 20, filter: `name = ${text} OR designation_no = ${text}` })).features;
}

async function found() {
  const rows = (await named()).map(({ properties: one }) => [link(one.road_uid, one), `${one.valid_from ?? "–"} ~ ${one.valid_to ?? ""}`, width(one)]);
  return [h("h2", { id: "road-list", tabindex: "-1" }, "이름이 같은 도로"), table(`'${sought}' ${rows.length}개`, ["도로", "효력", "너비"], rows), back()];
}

async function list(name, options) {
  state = { ...state, list: name, road: null, day: "" };
  try {
    fill(await LISTS[name](options));
    if (name !== "view") byId("road-list").focus();
  } catch (error) {
    if (name === "view") throw error;
    sayError(error);
    list("view");
  }
  listeners.forEach((listener) => listener());
}

const fill = (content) => byId("roads").replaceChildren(...content.filter(Boolean));
const back = () => h("button", { type: "button", class: "plain", onclick: () => list("view") }, "화면의 도로로 돌아가기");
const link = (id, one) => h("button", { type: "button", class: "link", onclick: () => open(id) }, [one.name, one.designation_no].filter(Boolean).join(" · ") || id);
const width = (one) => (one.width_m === null || one.width_m === undefined ? "대장에 없음" : [h("span", { class: "quantity" }, `${number(one.width_m, 2)} m`), h("small", {}, WIDTHS[one.width_source] ?? "")]);
const status = (one) => look.road_statuses[one.status]?.label ?? one.status;

/** The twin of the map: the roads in view, nearest to its centre first. */
function inView() {
  const source = layers.layer("designated_roads");
  const visible = source.getVisible() && map.getView().getResolution() < source.getMaxResolution();
  const [extent, centre] = [map.getView().calculateExtent(map.getSize()), map.getView().getCenter()];
  const away = (feature) => Math.hypot(...feature.getGeometry().getClosestPoint(centre).map((value, axis) => value - centre[axis]));
  const found = visible ? source.getSource().getFeaturesInExtent(extent).map((feature) => [away(feature), feature.getProperties()]).sort(([a], [b]) => a - b) : [];
  return [
    h("h2", {}, "지정도로"),
    h("p", {}, "지도에서 도로를 누르거나 표에서 고르면 이력, 영향, 현장 기록을 봅니다."),
    h("div", { class: "offers" }, [["here", "서 있는 곳의 도로"], ["worklist", `오늘 살필 도로 ${MOST_VISITS}곳`], ["statistics", "읍면동별 통계"]].map(([name, words]) =>
      h("button", { type: "button", class: "plain", onclick: () => list(name) }, words))),
    found.length
      ? table(`화면의 지정도로 ${found.length}개${found.length > ROWS ? ` (가운데에서 가까운 ${ROWS}개)` : ""}`, ["도로", "상태", "너비"], found.slice(0, ROWS).map(([, one]) => [link(one.road_uid, one), status(one), width(one)]))
      : h("p", { class: "note" }, visible ? "화면에 지정도로가 없습니다." : "지도를 더 확대하면 화면의 도로가 표로 나옵니다."),
  ];
}

/** Every road that may lie under an inspector's feet: all within the accuracy of the position. */
async function here(options) {
  const { point, accuracy } = await place.find(options);
  const [lon, lat] = toLonlat(point);
  const { roads } = await get("designated-roads", { lon: lon.toFixed(7), lat: lat.toFixed(7), accuracy_m: accuracy });
  return [
    h("h2", { id: "road-list", tabindex: "-1" }, "서 있는 곳의 도로"), ...place.told((other) => list("here", other)),
    roads.length ? table(`±${accuracy} m 안의 도로 ${roads.length}개 (가까운 순)`, ["도로", "거리", "지정 너비"], roads.map((one) => [[link(one.id, one), h("small", {}, one.in_force ? status(one) : "효력 없음")], `${number(one.distance_m, 1)} m`, width(one)]))
      : h("p", { class: "note" }, `±${accuracy} m 안에 대장에 실린 도로가 없습니다.`),
    back(),
  ];
}

async function worklist() {
  const { roads } = await get("designated-roads/worklist", { limit: MOST_VISITS });
  return [h("h2", { id: "road-list", tabindex: "-1" }, "오늘 살필 도로"), h("p", {}, "대장과 도형, 서류가 서로 어긋나는 도로입니다. 까닭이 많은 것부터, 다음은 넓은 것부터입니다."),
    table(`${roads.length}곳`, ["차례", "도로", "까닭"], roads.map((one, n) => [String(n + 1), link(one.id, one), one.reasons.join(", ")])), back()];
}

async function statistics() {
  const { as_of: day, emd, years, definitions } = await get("designated-roads/statistics");
  const missing = (one) => (one.notice_missing_pct === null ? "–" : [`${one.notice_missing} / ${one.notice_needed}`, h("small", {}, `${number(one.notice_missing_pct, 1)} %`)]);
  const kilometres = (one) => [`${number(one.length_m / 1000, 2)} km`, one.length_unknown ? h("small", {}, `연장 미상 ${one.length_unknown}개`) : null];
  return [h("h2", { id: "road-list", tabindex: "-1" }, "읍면동별 통계"),
    table(`나목 도로, ${day} 현재`, ["읍면동", "도로", "연장", "면적", "공고 누락"], emd.map((one) => [one.emd, String(one.roads), kilometres(one), `${number(one.area_m2, 0)} ㎡`, missing(one)])),
    table("해마다 지정과 폐지", ["해", "지정", "폐지"], years.map((one) => [String(one.year), String(one.designated), String(one.abolished)])),
    h("p", { class: "note" }, `공고 누락: ${definitions.notice_missing.replace("(notice_needed)", "")}. 지정: ${definitions.designated}.`), back()];
}
