// One designated road: what the register says, how it stood on another day, its versions, who hangs on it, what was seen on site.
import { ApiError, get } from "./api.js";
import { facts, h, number, table } from "./dom.js";
import { readFeatures } from "./map.js";
import { look } from "./symbols.js";
import { form, seen } from "./observation.js";
import { WIDTHS, yes } from "./words.js";

const LOSSES = { LOSES: "잃음", MAY_LOSE: "확인 필요", KEEPS: "남음", NOT_BOUND: "해당 없음" };
const EVENTS = { DESIGNATE: "지정", CHANGE_WIDTH: "너비 변경", CHANGE_ALIGNMENT: "선형 변경", SPLIT: "분할", MERGE: "합침", ABOLISH: "폐지", CORRECT: "정정", IMPORT: "반입" };

/** The page of a road, {name, ground, content}; `steps` = {review(question), again(day), close()}. Throws ApiError. */
export async function page(id, day, steps) {
  const home = `designated-roads/${encodeURIComponent(id)}`;
  const [road, then, { versions }, lost, { observations }] = await Promise.all([
    get(home), day ? asOf(home, day) : null, get(`${home}/history`), get(`${home}/dependents`), get(`${home}/observations`)]);
  return {
    name: road.name ?? id,
    ground: readFeatures(road.geometry),
    content: [
      h("h2", { id: "road", tabindex: "-1" }, [road.name, road.designation_no].filter(Boolean).join(" · ") || road.id),
      h("p", { class: "steps" }, h("button", { type: "button", class: "plain", onclick: steps.close }, "목록으로")),
      register(road),
      section("다른 날의 상태", dayForm(day, steps.again), then && compared(road, then, day)),
      section("이력", table(`판 ${versions.length}개 (새것부터)`, ["판", "사건", "법적 효력", "너비", "공고"], versions.map(version))),
      section("이 도로가 없어지면", ...dependents(lost, steps.review)),
      section("현장 기록", seen(observations), form(home, () => steps.again(day))),
    ],
  };
}

/** The road as it was on a day; null where the register had none then. */
async function asOf(home, day) {
  try {
    return await get(home, { as_of: day });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function register(road) {
  const { required, obtained, missing } = road.consents;
  return facts([["근거", look.road_bases[road.legal_basis]?.label], ["상태", look.road_statuses[road.status]?.label], ["너비", width(road)],
    ["길이", road.length_m && `${number(road.length_m, 1)} m`], ["막다른 도로", yes(road.is_dead_end)], ["지정일", road.designated_on], ["공고", notice(road)],
    ["동의", required === null ? null : `${required}명 가운데 ${obtained}명${missing ? `, ${missing}명 모자람` : ""}`], ["살필 점", road.quality_flags?.replaceAll(";", ", ")], ["도형", road.geometry_source], ["출처", road.source_file]]);
}

function dayForm(day, again) {
  const input = h("input", { type: "date", value: day, required: true });
  const submit = (event) => {
    event.preventDefault();
    again(input.value);
  };
  return h("form", { class: "question", onsubmit: submit, "aria-label": "다른 날의 상태" }, h("label", {}, "어느 날", input), h("button", { type: "submit" }, "그날과 지금 견주기"));
}

/** Then and now side by side; no entry in the register is told as that, and not as no road. */
function compared(road, then, day) {
  const today = new Date().toLocaleDateString("sv-SE");
  const holds = (one, on) => one !== null && one.valid_from <= on && (one.valid_to === null || on < one.valid_to);
  const both = (name, tell) => [name, holds(then, day) ? tell(then) : "–", holds(road, today) ? tell(road) : "–"];
  const stands = (one, on) => (holds(one, on) ? "효력 있음" : one?.valid_to && one.valid_to <= on ? `${one.valid_to}에 끝남` : "대장에 없음");
  return table(`${day}과 지금 (${today})`, ["항목", "그날", "지금"], [
    ["효력", stands(then, day), stands(road, today)], both("너비", width), both("지정일", (one) => one.designated_on ?? "–"), both("공고", (one) => notice(one) || "–"), both("효력 기간", period)]);
}

const version = (one) => [
  String(one.version), [EVENTS[one.event?.event ?? "IMPORT"] ?? one.event.event, h("small", {}, `${one.recorded_from.slice(0, 10)} 기록`)], period(one), width(one), notice(one) || "–"];

const width = (one) => (one.width_m === null ? "대장에 없음" : `${number(one.width_m, 2)} m (${WIDTHS[one.width_source] ?? one.width_source})`);
const notice = (one) => [one.notice_no, one.announced_on].filter(Boolean).join(", ");
const period = (one) => [h("span", { class: "day" }, one.valid_from ?? "–"), " ~ ", h("span", { class: "day" }, one.valid_to ?? "")];

function dependents({ sentence, sites, open_permits: permits, consents }, review) {
  const order = Object.keys(LOSSES);
  const sorted = [...sites].sort((a, b) => order.indexOf(a.loss) - order.indexOf(b.loss));
  const site = (one) => [h("button", { type: "button", class: "link", onclick: () => review({ pnu: one.pnus.join("+") }) }, one.address),
    LOSSES[one.loss] ?? one.loss, String(one.other_roads), one.open_permits.join(", ") || "–"];
  return [
    h("p", { class: "sentence" }, sites.length ? sentence : "이 도로에 접한 대지가 없습니다."),
    facts([["걸린 인허가", permits.join(", ")], ["필요한 동의", sites.length ? `필지로 세어 적어도 ${consents.at_least} (${consents.article})` : null]]),
    sites.length ? table(`접한 대지 ${sites.length}곳`, ["대지", "접도", "남는 도로", "진행 중 인허가"], sorted.map(site)) : null,
  ];
}

const section = (title, ...content) => h("section", {}, h("h3", {}, title), ...content.filter(Boolean));
