// A designated road: what the register says, its versions, and who would lose access without it.
import { get } from "./api.js";
import { byId, facts, h, number, table } from "./dom.js";
import { say, sayError } from "./live.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";
import { look } from "./symbols.js";
import * as tabs from "./tabs.js";
import { WIDTHS, yes } from "./words.js";

const LOSSES = { LOSES: "잃음", KEEPS: "남음", UNCERTAIN: "확인 필요" };
const EVENTS = { DESIGNATE: "지정", CHANGE: "변경", SPLIT: "분할", MERGE: "합침", ABOLISH: "폐지", CORRECT: "정정", IMPORT: "반입" };
const listeners = [];
let open = null;

/** Calls `listener()` when another road, or none, is shown. */
export const onOpen = (listener) => listeners.push(listener);
/** The road shown, or null. */
export const shown = () => open;

/** Says that something else took the road's place in the panel. */
export function close() {
  open = null;
}

/** Shows a road in the review's panel; `review(question)` asks for the review of a site named there. */
export async function show(id, review) {
  tabs.open("review");
  const home = `designated-roads/${encodeURIComponent(id)}`;
  try {
    const [road, { versions }, lost] = await Promise.all([get(home), get(`${home}/history`), get(`${home}/dependents`)]);
    open = id;
    selection.select(readFeatures(road.geometry), { zoom: true });
    byId("review").replaceChildren(...page(road, versions, lost, review));
    byId("road").focus();
    say(`${road.name ?? id} 이력과 영향을 열었습니다.`);
  } catch (error) {
    sayError(error);
  }
  listeners.forEach((listener) => listener());
}

function page(road, versions, lost, review) {
  const { required, obtained, missing } = road.consents;
  return [
    h("h2", { id: "road", tabindex: "-1" }, [road.name, road.designation_no].filter(Boolean).join(" · ") || road.id),
    facts([["근거", look.road_bases[road.legal_basis]?.label], ["상태", look.road_statuses[road.status]?.label],
      ["너비", road.width_m === null ? "대장에 없음" : `${number(road.width_m, 2)} m (${WIDTHS[road.width_source] ?? road.width_source})`],
      ["길이", road.length_m && `${number(road.length_m, 1)} m`], ["막다른 도로", yes(road.is_dead_end)], ["지정일", road.designated_on], ["공고", [road.notice_no, road.announced_on].filter(Boolean).join(", ")],
      ["동의", required === null ? null : `${required}명 가운데 ${obtained}명${missing ? `, ${missing}명 모자람` : ""}`], ["도형", road.geometry_source], ["출처", road.source_file]]),
    section("이력", table(`판 ${versions.length}개 (새것부터)`, ["판", "사건", "법적 효력", "기록"], versions.map((one) => [
      String(one.version), EVENTS[one.event?.event ?? "IMPORT"] ?? one.event.event, `${one.valid_from ?? "–"} ~ ${one.valid_to ?? ""}`, one.recorded_from.slice(0, 10)]))),
    section("이 도로가 없어지면", h("p", { class: "sentence" }, told(lost.sites)),
      lost.sites.length ? table(`접한 대지 ${lost.sites.length}곳`, ["대지", "접도", "까닭"], lost.sites.map((site) => [
        h("button", { type: "button", class: "link", onclick: () => review({ pnu: site.pnus.join("+") }) }, site.address), LOSSES[site.loss] ?? site.loss, site.sentence])) : null),
  ];
}

function told(sites) {
  const count = (loss) => sites.filter((site) => site.loss === loss).length;
  const permits = new Set(sites.flatMap((site) => site.open_permits.map((permit) => permit.permit_id ?? permit)));
  return sites.length ? `대지 ${sites.length}곳 가운데 ${count("LOSES")}곳이 접도를 잃고 ${count("UNCERTAIN")}곳은 확인이 필요합니다. 진행 중인 인허가는 ${permits.size}건입니다.` : "이 도로에 접한 대지가 없습니다.";
}

const section = (title, ...content) => h("section", {}, h("h3", {}, title), ...content.filter(Boolean));
