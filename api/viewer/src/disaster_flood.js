// A modelled flood on the map: depth, or its change between two floods, and the words that always stand over it.
import TileLayer from "ol/layer/Tile.js";
import { byId, h } from "./dom.js";
import { tiles } from "./imagery.js";
import { map } from "./map.js";
import * as tabs from "./tabs.js";

const layer = new TileLayer({ className: "flood", zIndex: 5, visible: false }); // a canvas of its own: the swipe clips that of the imagery
const mark = h("p", { id: "flood-mark", hidden: true });
let wanted = false;

/** Adds the layer; it shows only while the tab that explains it is open. */
export function setup() {
  map.addLayer(layer);
  byId("stage").append(mark);
  tabs.onOpen(draw);
}

/** Draws the flood whose tiles lie at `address(z, x, y)`, under `words`. */
export function show(address, words) {
  wanted = true;
  mark.textContent = words;
  layer.setSource(tiles(address, "침수 그림 일부를 불러오지 못했습니다."));
  draw();
}

export function hide() {
  wanted = false;
  draw();
}

function draw() {
  const shown = wanted && tabs.current() === "disaster";
  layer.setVisible(shown);
  mark.hidden = !shown;
}
