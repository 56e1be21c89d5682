// Words for what the review tells in codes, and any JSON value as words.
import { number } from "./dom.js";

export const TESTS = {
  articles_44_47_apply: "제44~47조 적용 여부",
  road_established: "도로의 성립",
  art44_2m: "접도 2 m",
  art28_2: "대형 건축물 접도",
  setback: "건축선 후퇴",
  corner_cut: "모퉁이 건축선",
};
export const WIDTHS = { designated: "지정", announced: "고시·공고", measured: "측정", none: "근거 없음" };

const FACTS = {
  emd_type: "동·읍·면", urban: "도시지역", district_unit_plan: "지구단위계획구역", status: "도로의 성립", contact_total_m: "닿은 길이 합 (m)",
  contact_longest_m: "가장 긴 한 구간 (m)", gap_m: "경계의 틈 (m)", use: "용도", gfa_m2: "연면적 (㎡)", width_m: "도로 너비 (m)", contact_m: "닿은 길이 (m)",
  setback_m: "후퇴 (m)", deduction_total_m2: "대지면적에서 빠지는 넓이 (㎡)", angle_deg: "교차각 (도)", leg_m: "자르는 변 (m)",
};

/** A fact's name; what stands after ":" says of which road, and the sentence beside it says so too. */
export const fact = (name) => FACTS[name.split(":")[0]] ?? name;

/** Any JSON value as words. */
export function plain(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "예" : "아니오";
  if (typeof value === "number") return number(value, 2);
  if (Array.isArray(value)) return value.map(plain).join(", ") || "–";
  if (typeof value === "object") return Object.entries(value).map(([name, one]) => `${fact(name)} ${plain(one)}`).join(", ");
  return String(value);
}

export const yes = (value) => (value === null || value === undefined ? null : value ? "예" : "아니오");
