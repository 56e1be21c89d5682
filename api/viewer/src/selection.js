// What is picked, drawn above everything else: the site, its setback lines, a change.
import { createEmpty, extend } from "ol/extent.js";
import * as layers from "./layers.js";
import { readFeatures, show } from "./map.js";
import { selectedStyle, setbackStyle } from "./symbols.js";

export function setup() {
  layers.add("selection", { zIndex: 90, style: (feature) => (feature.get("setback") ? setbackStyle : selectedStyle) });
}

/** Draws features (EPSG:5186) as the selection; `zoom` brings them into view. */
export function select(features, { zoom = false } = {}) {
  const source = layers.layer("selection").getSource();
  source.clear();
  source.addFeatures(features);
  if (zoom && features.length) show(features.reduce((all, feature) => extend(all, feature.getGeometry().getExtent()), createEmpty()));
}

/** Reads GeoJSON geometries (lon/lat) for `select`; `setback` marks building lines. */
export function read(geometries, { setback = false } = {}) {
  return geometries.filter(Boolean).flatMap(readFeatures).map((feature) => {
    feature.set("setback", setback);
    return feature;
  });
}
