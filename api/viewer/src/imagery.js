// Orthophotos: the catalogue, the two dates side by side.
import TileLayer from "ol/layer/Tile.js";
import ImageTile from "ol/source/ImageTile.js";
import { get, image } from "./api.js";
import { byId, h, number } from "./dom.js";
import { say } from "./live.js";
import { CITY, extentToCity, grid, map } from "./map.js";

const empty = document.createElement("canvas");
empty.width = empty.height = 256;

export const layers = { left: new TileLayer({ zIndex: 0 }), right: new TileLayer({ zIndex: 1 }) };
export let surveys = [];
const listeners = [];

/** Calls `listener` whenever another survey is shown. */
export const onChoose = (listener) => listeners.push(listener);

/** Fetches the catalogue and fills the two date pickers. */
export async function setup() {
  surveys = await get("surveys");
  map.addLayer(layers.left);
  map.addLayer(layers.right);
  for (const side of ["left", "right"]) {
    const picker = byId(side);
    picker.append(...surveys.map((survey) => h("option", { value: survey.id }, survey.captured_on)));
    picker.addEventListener("change", () => choose(side, picker.value));
  }
  years();
  if (!surveys.length) say("아직 등록된 항공사진이 없습니다.", "error");
}

/** The slider of years: one date against the one before it. */
function years() {
  const oldest = surveys.slice().reverse();
  byId("years").hidden = oldest.length < 3;
  const slider = byId("year");
  slider.max = Math.max(oldest.length - 1, 1);
  slider.addEventListener("input", () => {
    const at = Number(slider.value); // choosing the first date moves the slider back to the second
    choose("left", oldest[at - 1].id);
    choose("right", oldest[at].id);
  });
  onChoose(() => {
    const at = oldest.findIndex(({ id }) => id === byId("right").value);
    slider.value = Math.max(at, 1);
    slider.setAttribute("aria-valuetext", `${chosen("left")?.captured_on ?? ""}, ${chosen("right")?.captured_on ?? ""}`);
  });
}

export const chosen = (side) => surveys.find((survey) => survey.id === byId(side).value);

/** Shows a survey on one side; unknown ids leave the side as it is. */
export function choose(side, id) {
  const survey = surveys.find((one) => one.id === id);
  if (!survey) return;
  byId(side).value = id;
  layers[side].setExtent(bounds(survey));
  layers[side].setSource(source(survey));
  listeners.forEach((listener) => listener());
}

/** left, bottom, right, top of a survey in EPSG:5186. */
export const bounds = (survey) => survey.bounds_5186 ?? extentToCity(survey.bounds);

export const describe = ({ captured_on, gsd_m, coverage_pct }) => `${captured_on} 촬영 · ${number(gsd_m, 2)} m/px · 시 면적의 ${number(coverage_pct, 2)} %`;

function source({ id, version }) {
  const root = `tiles/${encodeURIComponent(id)}/KoreaCentral5186Quad`;
  return tiles((z, x, y) => `${root}/${z}/${x}/${y}?v=${encodeURIComponent(version)}`, "항공사진 일부를 불러오지 못했습니다.");
}

/** Pictures in the city's tile grid: `address(z, x, y)` is where one lies, `failure` the sentence when one does not come. */
export function tiles(address, failure) {
  const found = new ImageTile({
    projection: CITY,
    tileGrid: grid,
    wrapX: false,
    loader: async (z, x, y, { signal }) => (await image(address(z, x, y), signal)) ?? empty,
  });
  found.on("tileloaderror", () => say(failure, "error"));
  return found;
}
