// What an inspector measured on site: the form that hands it in, and what waits for an editor already.
import { send } from "./api.js";
import { h, number, table } from "./dom.js";
import { say, sayError } from "./live.js";
import { toLonlat } from "./map.js";
import * as place from "./place.js";

const NOTE_LIMIT = 500;
const PHOTO_BYTES = 5_000_000; // in base64 it stays under what the service takes

/** What was handed in, newest first; null where nothing was. */
export function seen(observations) {
  if (!observations.length) return null;
  return table(`현장값 ${observations.length}건 (새것부터)`, ["언제 · 누가", "잰 너비", "메모", "처리"], observations.map((one) => [
    [one.observed_at.slice(0, 10), h("small", {}, one.officer)], one.width_m === null ? "–" : `${number(one.width_m, 2)} m`, one.note ?? "–", one.state]));
}

/** A form for what was measured at the place where one stands; `kept()` is called when it was handed in. */
export function form(home, kept) {
  const width = h("input", { type: "number", min: "0.1", max: "200", step: "0.01", placeholder: "m" });
  const accuracy = h("input", { type: "number", min: "0.1", max: "1000", step: "0.1", required: true, value: String(place.last().accuracy) });
  const note = h("input", { type: "text", maxlength: NOTE_LIMIT, autocomplete: "off", placeholder: "이름과 주민번호는 적지 마십시오" });
  const photo = h("input", { type: "file", accept: "image/jpeg,image/png", capture: "environment" });
  const login = h("p", { hidden: true }, h("a", { href: "login" }, "로그인하기"));
  const submit = async (event) => {
    event.preventDefault();
    try {
      const point = toLonlat(place.last().point);
      await send("POST", `${home}/observations`, { point, accuracy_m: Number(accuracy.value), width_m: Number(width.value) || null, note: note.value.trim() || null, photo: await base64(photo.files[0]) });
      await kept();
      say("현장값을 남겼습니다. 편집 담당자가 확인합니다.");
    } catch (error) {
      sayError(error);
      if (error.status === 401) login.hidden = false;
    }
  };
  return h("form", { class: "question", onsubmit: submit, "aria-label": "현장 기록" },
    h("p", { class: "wide note" }, "대장은 바뀌지 않고, 서 있는 곳(없으면 화면 가운데)의 좌표와 함께 검증을 기다립니다."),
    h("label", {}, "잰 너비 (m)", width), h("label", {}, "위치 정확도 (m)", accuracy), h("label", { class: "wide" }, "메모", note), h("label", { class: "wide" }, "사진", photo),
    h("button", { type: "submit" }, "현장값 남기기"), login);
}

/** The bytes of a photo in base64; null for none. */
async function base64(file) {
  if (!file) return null;
  if (file.size > PHOTO_BYTES) throw new Error(`사진은 ${PHOTO_BYTES / 1e6} MB까지 보낼 수 있습니다.`);
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.onerror = () => failed(new Error("사진을 읽지 못했습니다."));
    reader.readAsDataURL(file);
  });
}
