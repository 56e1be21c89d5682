// The sheet of one review: verdict on top, reasons, roads, hazards, changes, doubts and sources under it.
import { area, facts, h, number, table } from "./dom.js";
import { look } from "./symbols.js";
import { cards, plain } from "./words.js";

const TESTS = {
  articles_44_47_apply: "제44~47조 적용 여부",
  road_established: "도로의 성립",
  art44_2m: "접도 2 m",
  art28_2: "대형 건축물 접도",
  setback: "건축선 후퇴",
  corner_cut: "모퉁이 건축선",
};

/** The elements of a review's sheet. `again(parameters)` asks once more with another use, size or day. */
export function page(review, parameters, again) {
  const { site = {}, tests = [], roads = [] } = review;
  return [
    verdict(review),
    h("p", { class: "sentence" }, review.sentence),
    h("p", { class: "notice" }, review.notice || look.notice),
    place(site, review.as_of),
    question(parameters, review.as_of, again),
    section("판정과 근거", tests.length && table("검사별 기준과 측정", ["검사 · 조문", "기준", "측정", "판정"], tests.flatMap(testRows))),
    section(`닿은 도로 ${roads.length}`, roads.map(road), "대지에 닿은 도로가 대장에 없습니다."),
    section("재해위험지구", cards(review.hazards), "겹치는 지구가 없습니다."),
    section("변화 탐지", cards(review.changes, (name, value) => (name === "class" ? look.change_classes[value]?.label : undefined)), "이 필지에서 탐지된 변화가 없습니다."),
    section("관련 인허가", cards(review.permits), "대장에 적힌 인허가가 없습니다."),
    section("의문과 불일치", cards(review.disagreements), "자료끼리 어긋나는 점이 없습니다."),
    section("출처", cards(review.sources), "출처가 적혀 있지 않습니다."),
  ].filter(Boolean);
}

/** A verdict in words with its icon and colour; colour is never alone. */
export function chip(id, tag = "span") {
  const { label, icon } = look.verdicts[id] ?? { label: id, icon: "?" };
  return h(tag, { class: "chip", "data-verdict": id }, h("span", { class: "icon", "aria-hidden": "true" }, icon), label);
}

function verdict({ verdict, site }) {
  return h("h2", { id: "verdict", class: "verdict", "data-verdict": verdict, tabindex: "-1" }, chip(verdict), h("small", {}, site?.address ?? ""));
}

function place(site, asOf) {
  const zones = [site.zoning].flat().filter(Boolean).map((zone) => (typeof zone === "object" ? zone.name : zone)).join(", ");
  return facts([
    ["PNU", [site.pnus].flat().filter(Boolean).join(", ")], ["공부 면적", area(site.area_m2)], ["읍면동", site.emd], ["용도지역", zones],
    ["도시지역", yes(site.urban)], ["지구단위계획구역", yes(site.district_unit_plan)], ["기준일", asOf],
  ]);
}

function question(parameters, asOf, again) {
  const use = h("input", { name: "use", value: parameters.use ?? "", placeholder: "예: 단독주택", autocomplete: "off" });
  const size = h("input", { name: "gfa_m2", type: "number", min: "0", step: "any", value: parameters.gfa_m2 ?? "", placeholder: "㎡" });
  const day = h("input", { name: "as_of", type: "date", value: parameters.as_of ?? asOf ?? "" });
  const submit = (event) => {
    event.preventDefault();
    again({ use: use.value.trim(), gfa_m2: size.value, as_of: day.value });
  };
  return h("form", { class: "question", onsubmit: submit, "aria-label": "검토 조건" },
    h("label", {}, "용도", use), h("label", {}, "연면적", size), h("label", {}, "기준일", day), h("button", { type: "submit" }, "다시 검토"));
}

function testRows(test) {
  const unit = test.unit ? ` ${test.unit}` : "";
  const inputs = (test.inputs ?? []).map((input) => h("li", {}, [
    `${input.name}: ${plain(input.value)}`, input.source, input.as_of, input.accuracy_m === null || input.accuracy_m === undefined ? null : `±${input.accuracy_m} m`,
  ].filter(Boolean).join(" · ")));
  const why = h("tr", { class: "why" }, h("td", { colspan: "4" }, test.sentence,
    inputs.length ? h("details", {}, h("summary", {}, `입력 ${inputs.length}개`), h("ul", {}, inputs)) : null));
  const since = test.in_force_since ? `${test.in_force_since} 시행` : null;
  const head = h("tr", {}, h("td", {}, h("b", {}, TESTS[test.id] ?? test.id), h("small", {}, test.article, since ? ` · ${since}` : "")),
    h("td", {}, quantity(test.required, unit)), h("td", {}, quantity(test.measured, unit)), h("td", {}, chip(test.verdict)));
  return [head, why];
}

const quantity = (value, unit) => (typeof value === "number" ? number(value, 2) + unit : plain(value));

function road(one) {
  const basis = look.road_bases[one.legal_basis]?.label ?? one.legal_basis;
  const status = look.road_statuses[one.status]?.label ?? one.status;
  const { required, obtained, scope } = one.consents ?? {};
  const metres = (value) => (value === null || value === undefined ? null : `${number(value, 2)} m`);
  const corner = one.corner_cut && typeof one.corner_cut === "object" ? one.corner_cut.side_m ?? one.corner_cut.length_m : one.corner_cut;
  return h("article", { class: "card" }, h("h4", {}, one.designation_no || one.name || one.id), facts([
    ["근거", basis], ["상태", status], ["너비", one.width_m === null ? "대장에 없음" : `${number(one.width_m, 2)} m${one.width_source ? ` (${WIDTHS[one.width_source] ?? one.width_source})` : ""}`],
    ["소요 너비", metres(one.required_width_m)], ["막다른 도로", yes(one.dead_end)], ["닿은 길이 합", metres(one.contact_total_m)], ["가장 긴 한 구간", metres(one.contact_longest_m)],
    ["후퇴", metres(one.setback_m)], ["대지면적에서 빠짐", one.deduction_m2 ? `${number(one.deduction_m2, 2)} ㎡` : null], ["모퉁이 자름", typeof corner === "number" ? metres(corner) : null],
    ["공고", one.notice_no], ["동의", required === null || required === undefined ? null : `${required}명 가운데 ${obtained ?? "–"}명${scope ? ` (${[scope].flat().join(", ")})` : ""}`],
  ]));
}

const WIDTHS = { designated: "지정", announced: "고시", measured: "측정", none: "근거 없음" };

const yes = (value) => (value === null || value === undefined ? null : value ? "예" : "아니오");

function section(title, content, absent = null) {
  const empty = !content || (Array.isArray(content) && !content.length);
  if (empty && !absent) return null;
  return h("section", {}, h("h3", {}, title), empty ? h("p", { class: "note" }, absent) : content);
}
