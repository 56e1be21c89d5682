// What a modelled flood comes to, as tables: its figures beside their band, its legend, its deepest sites, what made it.
import { h, number, table } from "./dom.js";
import { look, swatch } from "./symbols.js";

const MOST_SITES = 12;
const hectares = (m2) => `${number(m2 / 10000, 1)} ha`;
const cubic = (m3) => `${number(m3, 0)} ㎥`;

/** Lowest to highest over what is assumed; a dash where nothing assumed changes it. */
function span([low, high], words) {
  return low === high ? "–" : `${words(low)} ~ ${words(high)}`;
}

/** The figures of a scenario beside the band over the assumed capacities of the pumps. */
export function figures(index, { summary }, band) {
  const places = (value) => `${number(value, 0)}곳`;
  const people = ({ known, assumed }) => [known && `${number(known, 0)}명 확인`, assumed && `${assumed.map((one) => number(one, 0)).join("~")}명 (가정)`].filter(Boolean).join(", ");
  const road = summary.roads_impassable ? h("small", {}, `${summary.roads_impassable}곳은 30 cm 이상 (통행 불가)`) : null;
  const rows = [
    ["최고 수위", [`${number(summary.peak_level_m)} m`, h("small", {}, `바닥 위 ${number(summary.peak_above_floor_m)} m, ${number(summary.peak_at_h, 1)}시간째`)], span(band.peak_level_m, (one) => `${number(one)} m`)],
    ["침수 넓이", hectares(summary.flooded_m2), span(band.flooded_m2, hectares)],
    ["불확실", hectares(summary.uncertain_m2), span(band.uncertain_m2, hectares)],
    ...Object.entries(index.labels.kind).map(([kind, name]) => [name, [places(summary.sites[kind]), kind === "road" ? road : null], span(band.sites[kind], places)]),
    ["사는 사람", people(summary.residents), people(band.residents) === people(summary.residents) ? "–" : people(band.residents)],
    ["펌프로 낸 물", cubic(summary.pumped_volume_m3), span(band.pumped_volume_m3, cubic)],
  ];
  return h("div", { class: "answer" },
    table("이 시나리오와, 펌프 토출량 가정에 따른 띠", ["항목", "이 시나리오", "낮은 값 ~ 높은 값"], rows),
    summary.reaches_edge_of_terrain ? h("p", { class: "note" }, "물이 지형 자료의 끝에 닿습니다. 그 바깥은 알 수 없습니다.") : null,
    index.provenance.verdicts_withheld ? h("p", { class: "refusal" }, index.provenance.verdicts_withheld) : null,
    h("p", { class: "note" }, index.provenance.notice));
}

/** The colours on the map, with the area of each class of depth; without a scenario those of a change. */
export function legend(index, scenario) {
  const keys = scenario
    ? index.legend.map((one, place) => [one, `${one.label} · ${hectares(scenario.summary.flooded_m2_by_class[place])}`])
    : index.compare_legend.map((one) => [one, one.label]);
  keys.push([look.depth_uncertain, look.depth_uncertain.label]);
  return h("div", { class: "legend" }, h("b", {}, scenario ? "침수심 (국가 홍수위험지도의 구분)" : "침수심의 변화 (비교 기준 → 이 시나리오)"),
    h("p", {}, keys.map(([one, words]) => h("span", { class: "key" }, one.pattern ? swatch(one) : h("i", { class: "colour" }, plate(one.colour)), words))));
}

function plate(colour) {
  const canvas = h("canvas", { width: 36, height: 24, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 36, 24);
  pen.strokeStyle = "#58616a";
  pen.strokeRect(0.5, 0.5, 35, 23);
  return canvas;
}

/** The deepest sites, with when the water comes and how long it stays. */
export function sites(index, { impacts }) {
  const reached = impacts.filter((one) => one.depth_max_m > 0);
  if (!reached.length) return h("p", {}, "물이 닿는 필지, 건축물, 도로가 없습니다.");
  const rows = reached.slice(0, MOST_SITES).map((one) => [
    [one.name, h("small", {}, index.labels.kind[one.kind])], `${number(one.depth_max_m)} m`, `${number(one.arrival_h, 1)}시간째`,
    one.wet_at_end ? "48시간 뒤에도" : `${number(one.duration_h, 1)}시간`]);
  const rest = reached.length > MOST_SITES ? ` (${number(reached.length, 0)}곳 가운데 ${MOST_SITES}곳)` : "";
  return table(`가장 깊은 곳${rest}`, ["이름", "깊이", "닿는 때", "머무는 시간"], rows);
}

/** What changes from one flood to another. */
export function comparison(index, { figures: found, freed, newly_reached: newly }) {
  const names = { peak_level_m: ["최고 수위 (m)", 2, 1], flooded_m2: ["침수 넓이 (ha)", 1, 10000], roads_impassable: ["통행 불가 도로", 0, 1], pumped_volume_m3: ["펌프로 낸 물 (㎥)", 0, 1] };
  const rows = Object.entries(names).map(([id, [name, digits, unit]]) => [name, ...[found[id].a, found[id].b, found[id].b_minus_a].map((value, place) => `${place === 2 && value > 0 ? "+" : ""}${number(value / unit, digits)}`)]);
  return h("div", { class: "answer" }, table("비교 기준과의 차이", ["항목", "기준", "이것", "차"], rows),
    h("p", {}, `물이 닿지 않게 되는 곳 ${number(freed, 0)}곳, 새로 닿는 곳 ${number(newly, 0)}곳.`));
}

/** What made the figures: terrain, method and every input, assumed or from the plan. */
export function inputs({ provenance, version }) {
  const { terrain, method } = provenance;
  const rows = provenance.inputs.map(({ label, value, unit, assumed, basis }) => [
    [label, h("small", {}, basis)], `${[value].flat().map((one) => (typeof one === "number" ? number(one, 3) : one)).join(", ")} ${unit === "-" ? "" : unit}`, assumed ? h("b", {}, "가정") : "자료"]);
  return h("details", {}, h("summary", {}, "무엇으로 계산했나"),
    table("입력과 근거", ["항목", "값", "구분"], rows),
    h("p", { class: "note" }, `지형 ${terrain.name} (격자 ${terrain.cell_m} m, 기준면 ${terrain.vertical_datum}), 방법 ${method}, 판 ${version}`));
}
