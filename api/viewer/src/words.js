// JSON in Korean words: known names translated, geometries left out, things as cards.
import { facts, h, number } from "./dom.js";

const WORDS = {
  source: "출처", name: "이름", id: "번호", kind: "종류", state: "상태", status: "상태", as_of: "기준일", on: "기준일", article: "조문", title: "제목",
  sentence: "설명", reason: "까닭", measured: "측정", register: "대장", registered: "대장", required: "기준", field: "항목", what: "항목", difference: "차이",
  permit_no: "허가번호", permit_id: "허가 번호", applied_on: "신청일", approved_on: "허가일", started_on: "착공일", used_on: "사용승인일", ended_on: "종료일",
  use: "용도", gfa_m2: "연면적 ㎡", zone_id: "지구", grade: "등급", type: "유형", designated_on: "지정일", released_on: "해제일", overlap_m2: "겹친 면적 ㎡", overlap_pct: "겹친 비율 %",
  notice_no: "고시·공고", notice_on: "고시일", class: "종류", area_m2: "면적 ㎡", score: "확실도", before: "이전", after: "이후", explained: "허가로 설명됨", accuracy_m: "정확도 m",
  change_id: "변화 번호", n: "번호", run: "실행", licence: "이용 조건", version: "판", note: "비고", value: "값", distance_m: "거리 m",
};
const HIDDEN = new Set(["geometry", "synthetic", "fid", "bounds"]);

const word = (name) => WORDS[name] ?? name;
const told = (thing) => Object.entries(thing).filter(([name, value]) => !HIDDEN.has(name) && !name.endsWith("_wkt") && value !== null && value !== "");

/** Any JSON value as words. */
export function plain(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "예" : "아니오";
  if (typeof value === "number") return number(value, 2);
  if (Array.isArray(value)) return value.map(plain).join(", ") || "–";
  if (typeof value === "object") return told(value).map(([name, one]) => `${word(name)} ${plain(one)}`).join(", ");
  return String(value);
}

/** Things as cards; `say(name, value)` may put a value in better words, or return undefined. */
export function cards(things, say = () => undefined) {
  return (things ?? []).map((thing) => {
    if (typeof thing !== "object" || thing === null) return h("p", { class: "card" }, plain(thing));
    const { sentence, ...rest } = thing;
    return h("article", { class: "card" }, sentence ? h("p", {}, sentence) : null, facts(told(rest).map(([name, value]) => [word(name), say(name, value) ?? plain(value)])));
  });
}
