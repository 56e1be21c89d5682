// Lengths and areas drawn on the map, measured in the plane of EPSG:5186: m, ㎡ and 평.
import Feature from "ol/Feature.js";
import LineString from "ol/geom/LineString.js";
import Polygon from "ol/geom/Polygon.js";
import Draw from "ol/interaction/Draw.js";
import { area, byId, number } from "./dom.js";
import * as layers from "./layers.js";
import { say } from "./live.js";
import { map } from "./map.js";
import { measureStyle } from "./symbols.js";

const KINDS = { length: "LineString", area: "Polygon" };
let draw = null;
let drawn = null; // {kind, geometry} of a measurement that was ended
const listeners = [];

/** True while a measurement is drawn: a click on the map then is a corner, not a question. */
export const active = () => draw !== null;

/** Calls `listener()` when a measurement was ended or given up. */
export const onDrawn = (listener) => listeners.push(listener);
/** The measurement on the map as "kind:x,y;x,y" (EPSG:5186), or an empty text. */
export const shown = () => (drawn ? `${drawn.kind}:${corners(drawn.geometry).map((point) => point.map((value) => value.toFixed(2)).join(",")).join(";")}` : "");
const corners = (geometry) => (geometry.getType() === "Polygon" ? geometry.getCoordinates()[0] : geometry.getCoordinates());

export function setup(said) {
  layers.add("measure", { zIndex: 95, style: measureStyle });
  for (const button of byId("measure").querySelectorAll("[data-kind]")) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-pressed") === "true") return stop();
      start(button);
      return say("지도를 눌러 점을 찍고 두 번 눌러 마칩니다. 키보드로는 지도에서 엔터로 가운데에 점을 찍고 스페이스로 마치며 Esc로 그만둡니다.");
    });
  }
  byId("map").addEventListener("keydown", key);
  if (said) restore(said);
}

/** Draws the measurement that the address holds; one that cannot be read is left out. */
function restore(said) {
  const [kind, text = ""] = said.split(":");
  const points = text.split(";").map((pair) => pair.split(",").map(Number)).filter((point) => point.length === 2 && point.every(Number.isFinite));
  const button = byId("measure").querySelector(`[data-kind="${CSS.escape(kind)}"]`);
  if (!button || points.length < 2) return;
  start(button);
  const geometry = kind === "area" ? new Polygon([points]) : new LineString(points);
  layers.layer("measure").getSource().addFeature(new Feature(geometry));
  end(kind, geometry);
}

function end(kind, geometry) {
  drawn = { kind, geometry };
  write(kind, geometry);
  listeners.forEach((listener) => listener());
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
    drawn = null;
    feature.getGeometry().on("change", ({ target }) => write(kind, target));
  });
  draw.on("drawend", ({ feature }) => end(kind, feature.getGeometry()));
  map.addInteraction(draw);
  byId("measured").textContent = "";
}

function stop() {
  if (draw) map.removeInteraction(draw);
  draw = drawn = null;
  layers.layer("measure").getSource().clear();
  byId("measured").textContent = "";
  for (const button of byId("measure").querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", "false");
  listeners.forEach((listener) => listener());
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
