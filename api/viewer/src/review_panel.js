// The sheet of one review: verdict on top, reasons, roads, hazards, changes, doubts and sources under it.
import { area, facts, h, number, table } from "./dom.js";
import { look } from "./symbols.js";
import { fact, plain, TESTS, WIDTHS, yes } from "./words.js";

/** The elements of a review's sheet. `again(parameters)` asks once more with another use, size or day; `showRoad(id)` opens a road. */
export function page(review, parameters, again, showRoad) {
  const { site, tests, roads, hazards, changes, permits, disagreements, sources } = review;
  return [
    verdict(review),
    h("p", { class: "sentence" }, review.sentence),
    h("p", { class: "notice" }, review.notice || look.notice),
    place(site, review.as_of),
    question(parameters, review.as_of, again),
    section("판정과 근거", table("검사별 기준과 측정", ["검사 · 조문", "기준", "측정", "판정"], tests.flatMap(testRows))),
    section(`닿은 도로 ${roads.length}`, roads.map((one) => road(one, showRoad)), "대지에 닿은 도로가 대장에 없습니다."),
    section("재해위험지구", hazards.map(hazard), "닿는 지구가 없습니다."),
    section("변화 탐지", changes.map(change), "이 대지에서 탐지된 변화가 없습니다."),
    section("관련 인허가", permits.map(permit), "이 대지의 인허가가 대장에 없습니다."),
    section("의문과 불일치", disagreements.map(({ sentence }) => h("p", { class: "card" }, sentence)), "자료끼리 어긋나는 점이 없습니다."),
    section("출처", h("ul", { class: "sources" }, sources.map(({ name, detail, as_of }) => h("li", {}, h("b", {}, name), [" ", detail, as_of && ` · ${as_of} 기준`].filter(Boolean).join(""))))),
  ];
}

/** A verdict in words with its icon and colour; colour is never alone. */
export function chip(id, tag = "span") {
  const { label, icon } = look.verdicts[id] ?? { label: id, icon: "?" };
  return h(tag, { class: "chip", "data-verdict": id }, h("span", { class: "icon", "aria-hidden": "true" }, icon), label);
}

function verdict({ verdict, site }) {
  return h("h2", { id: "verdict", class: "verdict", "data-verdict": verdict, tabindex: "-1" }, chip(verdict), h("small", {}, site.address));
}

function place(site, asOf) {
  return facts([
    ["PNU", site.pnus.join(", ")], ["공부 면적", area(site.area_m2)], ["읍면동", site.emd], ["용도지역", site.zoning.map(({ name }) => name).join(", ")],
    ["도시지역", yes(site.urban)], ["지구단위계획구역", yes(site.district_unit_plan)], ["기준일", asOf],
  ]);
}

function question(parameters, asOf, again) {
  const use = h("input", { name: "use", value: parameters.use ?? "", placeholder: "예: 단독주택", autocomplete: "off", maxlength: "60" });
  const size = h("input", { name: "gfa_m2", type: "number", min: "0", step: "any", value: parameters.gfa_m2 ?? "", placeholder: "㎡" });
  const day = h("input", { name: "as_of", type: "date", value: parameters.as_of || asOf });
  const submit = (event) => {
    event.preventDefault();
    again({ use: use.value.trim(), gfa_m2: size.value, as_of: day.value });
  };
  return h("form", { class: "question", onsubmit: submit, "aria-label": "검토 조건" },
    h("label", {}, "용도", use), h("label", {}, "연면적", size), h("label", {}, "기준일", day), h("button", { type: "submit" }, "다시 검토"));
}

function testRows(test) {
  const inputs = test.inputs.map(({ name, value, source, as_of, accuracy_m }) => h("li", {}, [
    `${fact(name)}: ${plain(value)}`, source, as_of, accuracy_m === null ? null : `±${accuracy_m} m`].filter(Boolean).join(" · ")));
  const why = h("tr", { class: "why" }, h("td", { colspan: "4" }, test.sentence,
    inputs.length ? h("details", {}, h("summary", {}, `입력 ${inputs.length}개`), h("ul", {}, inputs)) : null));
  const since = test.in_force_since ? `${test.in_force_since} 시행` : null;
  const head = h("tr", {}, h("td", {}, h("b", {}, TESTS[test.id] ?? test.id), h("small", {}, [test.article, since].filter(Boolean).join(" · "))),
    h("td", {}, quantity(test.required, test.unit)), h("td", {}, quantity(test.measured, test.unit)), h("td", {}, chip(test.verdict)));
  return [head, why];
}

/** A limit or a measurement: one number with its unit, or several under their names. */
function quantity(value, unit) {
  if (typeof value === "number") return h("span", { class: "quantity" }, `${number(value, 2)} ${unit ?? ""}`);
  if (value === null || typeof value !== "object") return plain(value);
  return Object.entries(value).map(([name, one]) => h("small", {}, `${fact(name)} ${plain(one)}`));
}

function road(one, showRoad) {
  const metres = (value) => (value === null || value === undefined ? null : `${number(value, 2)} m`);
  const { required, obtained, scope } = one.consents;
  const cut = one.corner_cut;
  return h("article", { class: "card" }, h("h4", {}, [one.name, one.designation_no].filter(Boolean).join(" · ") || one.id), one.reason ? h("p", { class: "note" }, one.reason) : null, facts([
    ["근거", look.road_bases[one.legal_basis]?.label ?? one.legal_basis], ["상태", look.road_statuses[one.status]?.label ?? one.status],
    ["너비", one.width_m === null ? "대장에 없음" : `${number(one.width_m, 2)} m (${WIDTHS[one.width_source] ?? one.width_source})`],
    ["소요 너비", metres(one.required_width_m)], ["막다른 도로", yes(one.dead_end)], ["닿은 길이 합", metres(one.contact_total_m)], ["가장 긴 한 구간", metres(one.contact_longest_m)],
    ["후퇴", metres(one.setback_m)], ["대지면적에서 빠짐", one.deduction_m2 ? `${number(one.deduction_m2, 2)} ㎡` : null],
    ["모퉁이 자름", cut && `변 ${number(cut.leg_m, 2)} m, ${number(cut.area_m2, 2)} ㎡`],
    ["지정일", one.designated_on], ["공고", [one.notice_no, one.announced_on].filter(Boolean).join(", ")], ["폐지·종료", one.valid_to],
    ["동의", required === null ? null : `${required}명 가운데 ${obtained ?? "–"}명${scope ? ` (${scope.replace(";", ", ")})` : ""}`],
  ]), h("button", { type: "button", class: "link", onclick: () => showRoad(one.id) }, "이력과 영향 보기"));
}

const hazard = (one) => h("article", { class: "card" }, h("p", {}, one.sentence), facts([
  ["지구", one.name], ["유형", one.type_name], ["등급", one.grade], ["지정일", one.designated_on], ["해제일", one.released_on],
  ["따를 조항", one.follows?.length ? h("ul", {}, one.follows.map(({ article, sentence }) => h("li", {}, `${article}: ${sentence}`))) : null],
  ["출처", [one.source, one.source_date].filter(Boolean).join(", ")]]));

const change = (one) => h("article", { class: "card" }, h("h4", {}, look.change_classes[one.class]?.label ?? one.class), facts([
  ["두 시점", `${one.before} → ${one.after}`], ["면적", `${number(one.area_m2, 0)} ㎡`], ["확실도", number(one.score, 2)], ["변화 번호", one.change_id]]));

const permit = (one) => h("article", { class: "card" }, h("h4", {}, [one.kind, one.state].filter(Boolean).join(" · ")), facts([
  ["허가번호", one.permit_no], ["의제", one.deemed_under], ["용도", one.use], ["연면적", one.gfa_m2 ? `${number(one.gfa_m2, 2)} ㎡` : null],
  ["신청", one.applied_on], ["허가", one.approved_on], ["착공", one.started_on], ["사용승인", one.used_on], ["끝남", one.ended_on]]));

function section(title, content, absent = "적힌 것이 없습니다.") {
  const empty = Array.isArray(content) && !content.length;
  return h("section", {}, h("h3", {}, title), empty ? h("p", { class: "note" }, absent) : content);
}
