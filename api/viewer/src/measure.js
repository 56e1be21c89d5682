// Lengths and areas drawn on the map, measured in the plane of EPSG:5186: m, ㎡ and 평.
import Draw from "ol/interaction/Draw.js";
import { area, byId, number } from "./dom.js";
import * as layers from "./layers.js";
import { say } from "./live.js";
import { map } from "./map.js";
import { measureStyle } from "./symbols.js";

const KINDS = { length: "LineString", area: "Polygon" };
let draw = null;

/** True while a measurement is drawn: a click on the map then is a corner, not a question. */
export const active = () => draw !== null;

export function setup() {
  layers.add("measure", { zIndex: 95, style: measureStyle });
  for (const button of byId("measure").querySelectorAll("[data-kind]")) {
    button.addEventListener("click", () => (button.getAttribute("aria-pressed") === "true" ? stop() : start(button)));
  }
  byId("map").addEventListener("keydown", key);
}

function start(button) {
  stop();
  const kind = button.dataset.kind;
  button.setAttribute("aria-pressed", "true");
  const source = layers.layer("measure").getSource();
  source.clear();
  draw = new Draw({ source, type: KINDS[kind], style: measureStyle });
  draw.on("drawstart", ({ feature }) => {
    source.clear();
    feature.getGeometry().on("change", ({ target }) => write(kind, target));
  });
  draw.on("drawend", ({ feature }) => write(kind, feature.getGeometry()));
  map.addInteraction(draw);
  byId("measured").textContent = "";
  say("지도를 눌러 점을 찍고 두 번 눌러 마칩니다. 키보드로는 지도에서 엔터로 가운데에 점을 찍고 스페이스로 마치며 Esc로 그만둡니다.");
}

function stop() {
  if (draw) map.removeInteraction(draw);
  draw = null;
  layers.layer("measure").getSource().clear();
  byId("measured").textContent = "";
  for (const button of byId("measure").querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", "false");
}

function key(event) {
  if (!draw) return;
  if (event.key === "Enter") draw.appendCoordinates([map.getView().getCenter()]);
  else if (event.key === " ") draw.finishDrawing();
  else if (event.key === "Escape") stop();
  else return;
  event.preventDefault();
}

function write(kind, geometry) {
  byId("measured").textContent = kind === "length" ? `길이 ${number(geometry.getLength(), 2)} m` : `넓이 ${area(geometry.getArea())}`;
}
