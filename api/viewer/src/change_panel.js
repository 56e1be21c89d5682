// One change: both dates side by side, why a permit does or does not explain it, and the officer's verdict on it.
import { get, send } from "./api.js";
import { facts, h, number, table } from "./dom.js";
import { say, sayError } from "./live.js";
import { look } from "./symbols.js";

export const VERDICTS = { confirmed: "위반 확인", permitted: "허가 있음", false: "오탐지", watch: "지켜보기" };
const NOTE_LIMIT = 500;

/** The elements of change `n` of a run; `steps` = {previous, next, close}, `judged()` is called when a verdict was kept. */
export async function page(run, n, steps, judged) {
  const address = `change-runs/${encodeURIComponent(run)}/changes/${n}`;
  const { properties: told, history, chips } = await get(address);
  const kind = look.change_classes[told.class]?.label ?? told.class;
  return [
    h("h2", { id: "change", tabindex: "-1" }, `${kind} ${number(told.area_m2, 0)} ㎡`),
    h("p", { class: "steps" }, button("이전", steps.previous), button("다음", steps.next), button("목록으로", steps.close)),
    h("div", { class: "chips" }, chip(chips.before, told.before, "앞"), chip(chips.after, told.after, "뒤")),
    h("p", { class: "sentence" }, told.reason),
    facts([["확실도", number(told.score, 2)], ["정렬", told.aligned ? null : "두 영상을 맞추지 못한 곳"], ["필지", told.pnus?.join(", ")], ["변화 번호", told.change_id],
      ["판정", told.verdict && `${VERDICTS[told.verdict]} (${told.verdict_by}, ${told.verdict_at.slice(0, 10)})`], ["메모", told.verdict_note]]),
    verdicts(address, told.verdict, judged),
    ...(history.length ? [table("판정 이력", ["판정", "누가", "언제", "메모"], history.map((one) => [VERDICTS[one.verdict], one.verdict_by, one.verdict_at.slice(0, 16).replace("T", " "), one.verdict_note ?? "–"]))] : []),
    h("p", { class: "note" }, "탐지 결과이며 위반이라는 뜻이 아닙니다. ", look.notice, "."),
  ];
}

const button = (words, action) => h("button", { type: "button", class: "plain", disabled: !action, onclick: action }, words);

function chip(address, day, side) {
  return h("figure", {}, h("img", { src: address, alt: `${side} ${day}의 모습`, loading: "lazy" }), h("figcaption", {}, `${side} ${day}`));
}

function verdicts(address, current, judged) {
  const note = h("input", { type: "text", maxlength: NOTE_LIMIT, autocomplete: "off", placeholder: "현장에서 본 것 (이름과 주민번호는 적지 마십시오)" });
  const keep = async (verdict) => {
    try {
      await send("PUT", `${address}/verdict`, { verdict, note: note.value.trim() || null });
      say(`'${VERDICTS[verdict]}'(으)로 남겼습니다.`);
      judged();
    } catch (error) {
      sayError(error);
      if (error.status === 401) login.hidden = false;
    }
  };
  const login = h("p", { hidden: true }, h("a", { href: "login" }, "로그인하기"));
  return h("fieldset", { class: "verdicts" }, h("legend", {}, "담당자 판정"), h("label", {}, "메모", note),
    h("div", { class: "offers" }, Object.entries(VERDICTS).map(([id, words]) => h("button", { type: "button", class: "plain", "aria-pressed": String(id === current), onclick: () => keep(id) }, words))), login);
}
