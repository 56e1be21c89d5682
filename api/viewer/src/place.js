// Where somebody stands: the device's position where it tells one, else the middle of the map, with how far it may be off.
import Feature from "ol/Feature.js";
import Circle from "ol/geom/Circle.js";
import { h, number } from "./dom.js";
import { map, toCity } from "./map.js";
import * as selection from "./selection.js";

const WIDEST_M = 30; // the service names no road further off than this
const USUAL_M = 5; // a phone under open sky
const WAIT_MS = 8000;
let spot = null;

/** Where somebody stands, {point (EPSG:5186), accuracy (m), measured}: the place found last, else the middle of the map. */
export const last = () => spot ?? { point: map.getView().getCenter(), accuracy: USUAL_M, measured: false };

/** Finds the place anew and draws it; `middle` takes that of the map, as does a device that tells nothing. */
export async function find({ middle = false, accuracy = last().accuracy } = {}) {
  const told = middle ? null : await device();
  spot = told ?? { point: map.getView().getCenter(), accuracy, measured: false };
  if (told) map.getView().setCenter(told.point);
  selection.select([new Feature(new Circle(spot.point, spot.accuracy))], { zoom: true });
  return spot;
}

const device = () => new Promise((done) => {
  if (!navigator.geolocation) return done(null);
  const told = ({ coords }) => done({ point: toCity([coords.longitude, coords.latitude]), accuracy: Math.min(Math.max(Math.ceil(coords.accuracy), 1), WIDEST_M), measured: true });
  return navigator.geolocation.getCurrentPosition(told, () => done(null), { enableHighAccuracy: true, timeout: WAIT_MS });
});

/** How the place was come by, in words, and a form that takes the middle of the map in its stead. */
export function told(again) {
  const { accuracy, measured } = last();
  const metres = h("input", { type: "number", min: "1", max: String(WIDEST_M), step: "1", required: true, value: String(accuracy) });
  const submit = (event) => {
    event.preventDefault();
    again({ middle: true, accuracy: Number(metres.value) });
  };
  return [
    h("p", {}, measured ? `기기가 알려 준 위치입니다 (정확도 ±${number(accuracy, 0)} m).` : "화면 가운데를 서 있는 곳으로 봅니다."),
    h("form", { class: "question", onsubmit: submit, "aria-label": "위치" }, h("label", {}, "정확도 (m)", metres), h("button", { type: "submit" }, "화면 가운데에서 찾기")),
  ];
}
