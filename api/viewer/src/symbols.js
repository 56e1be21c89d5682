// How things look: colour, hatch and outline of style.json as OpenLayers styles and as legend swatches.
import { Circle, Fill, Stroke, Style, Text } from "ol/style.js";
import look from "../../../geo/maps/static/style.json";

export { look };

const FONT = '600 13px "Pretendard GOV", "Noto Sans KR", "NanumGothic", sans-serif';
const WHITE = "rgba(255,255,255,0.95)";
const patterns = new Map();

/** A translucent hatch of `kind` in `colour`: a CanvasPattern, or a plain colour for "none"; `faint` for wide areas. */
export function hatch(colour, kind, faint = false) {
  const key = colour + kind + faint;
  if (!patterns.has(key)) patterns.set(key, kind === "none" ? `${colour}40` : drawHatch(colour, kind, faint));
  return patterns.get(key);
}

function drawHatch(colour, kind, faint) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 10;
  const pen = tile.getContext("2d");
  pen.fillStyle = `${colour}${faint ? "10" : "38"}`;
  pen.fillRect(0, 0, 10, 10);
  pen.fillStyle = pen.strokeStyle = faint ? `${colour}70` : colour;
  pen.lineWidth = faint ? 1 : 1.6;
  const lines = {
    slash: [[-2, 12, 12, -2], [-2, 2, 2, -2], [8, 12, 12, 8]],
    backslash: [[-2, -2, 12, 12], [8, -2, 12, 2], [-2, 8, 2, 12]],
    horizontal: [[0, 5, 10, 5]],
    vertical: [[5, 0, 5, 10]],
  };
  lines.cross = [...lines.slash, ...lines.backslash];
  lines.grid = [...lines.horizontal, ...lines.vertical];
  for (const [x0, y0, x1, y1] of lines[kind] ?? []) {
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  }
  if (kind === "dots") for (const [x, y] of [[2.5, 2.5], [7.5, 7.5]]) pen.fillRect(x - 1.3, y - 1.3, 2.6, 2.6);
  return pen.createPattern(tile, "repeat");
}

/** A hatched area: white casing under a coloured outline, so that it reads on any imagery. */
export function areaStyle({ colour, pattern, dash, faint }, width = 2) {
  return [
    new Style({ stroke: new Stroke({ color: WHITE, width: width + 2.5 }) }),
    new Style({ fill: new Fill({ color: hatch(colour, pattern, faint) }), stroke: new Stroke({ color: colour, width, lineDash: dash, lineCap: "butt" }) }),
  ];
}

/** A line or a point with a white casing. */
export function lineStyle(colour, width = 4) {
  return [
    new Style({ stroke: new Stroke({ color: WHITE, width: width + 3 }) }),
    new Style({
      stroke: new Stroke({ color: colour, width }),
      image: new Circle({ radius: 7, fill: new Fill({ color: colour }), stroke: new Stroke({ color: WHITE, width: 2.5 }) }),
    }),
  ];
}

export const label = (text) => new Text({ text, font: FONT, overflow: false, fill: new Fill({ color: "#1e2124" }), stroke: new Stroke({ color: WHITE, width: 3.5 }) });

const parcelLine = new Style({ stroke: new Stroke({ color: "rgba(255,255,255,0.8)", width: 1 }) });
const parcelHairline = new Style({ stroke: new Stroke({ color: "rgba(255,255,255,0.5)", width: 0.6 }) });
const named = new Map();

/** Parcels: a thin line, with their 지번 from close by. */
export function parcelStyle(feature, resolution) {
  if (resolution > 1.2) return parcelHairline;
  if (resolution > 0.6) return parcelLine;
  const text = String(feature.get("jibun") ?? "");
  if (!named.has(text)) named.set(text, new Style({ stroke: parcelLine.getStroke(), text: label(text) }));
  return named.get(text);
}

const cache = new Map();
const once = (key, make) => cache.get(key) ?? cache.set(key, make()).get(key);

export function changeStyle(feature) {
  const id = feature.get("class");
  return once(`change ${id}`, () => areaStyle(look.change_classes[id] ?? { colour: "#58616a", pattern: "none", dash: [] }));
}

export function roadStyle(feature) {
  const basis = look.road_bases[feature.get("legal_basis")] ?? look.road_bases.UNKNOWN;
  const status = look.road_statuses[feature.get("status")] ?? look.road_statuses.DESIGNATED;
  const pattern = feature.get("status") === "ABOLISHED" ? "none" : basis.pattern;
  return once(`road ${basis.label} ${status.label}`, () => areaStyle({ colour: basis.colour, pattern, dash: status.dash }));
}

export const zoneStyle = () => once("zone", () => areaStyle(look.disaster.zone, 2.5));
export const facilityStyle = () => once("facility", () => [...areaStyle(look.disaster.facilities), ...lineStyle(look.disaster.facilities.colour)]);
export const workStyle = () => once("work", () => lineStyle(look.disaster.works.colour));

export function boundaryStyle(feature, resolution) {
  const name = resolution > 30 ? "" : String(feature.get("name") ?? "");
  return once(`boundary ${name}`, () => new Style({ stroke: new Stroke({ color: "#ffe05c", width: 2, lineDash: [14, 5, 3, 5] }), text: label(name) }));
}

export const selectedStyle = [
  new Style({ stroke: new Stroke({ color: "#1e2124", width: 7 }) }),
  new Style({ stroke: new Stroke({ color: "#ffe05c", width: 4 }), fill: new Fill({ color: "rgba(255,224,92,0.12)" }), image: new Circle({ radius: 8, fill: new Fill({ color: "#ffe05c" }), stroke: new Stroke({ color: "#1e2124", width: 3 }) }) }),
];

export const setbackStyle = [
  new Style({ stroke: new Stroke({ color: WHITE, width: 7 }) }),
  new Style({ stroke: new Stroke({ color: "#e0004d", width: 3.5, lineDash: [10, 6] }) }),
];

export const measureStyle = [
  new Style({ stroke: new Stroke({ color: "#1e2124", width: 6 }), fill: new Fill({ color: "rgba(255,224,92,0.25)" }) }),
  new Style({ stroke: new Stroke({ color: "#ffe05c", width: 3 }), image: new Circle({ radius: 5, fill: new Fill({ color: "#ffe05c" }), stroke: new Stroke({ color: "#1e2124", width: 2 }) }) }),
];

/** A legend swatch drawn with the very same hatch and outline, on the grey-green of imagery. */
export function swatch({ colour, pattern = "none", dash = [], faint = false }) {
  const canvas = document.createElement("canvas");
  canvas.width = 36;
  canvas.height = 24;
  canvas.setAttribute("aria-hidden", "true");
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#8f9a85";
  pen.fillRect(0, 0, 36, 24);
  pen.fillStyle = hatch(colour, pattern, faint);
  pen.fillRect(2, 2, 32, 20);
  pen.strokeStyle = WHITE;
  pen.lineWidth = 4;
  pen.strokeRect(2, 2, 32, 20);
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.setLineDash(dash);
  pen.strokeRect(2, 2, 32, 20);
  return canvas;
}
