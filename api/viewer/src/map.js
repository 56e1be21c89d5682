// The map itself: EPSG:5186, the city's tile grid, controls in Korean, the position readout.
import Map from "ol/Map.js";
import View from "ol/View.js";
import ScaleLine from "ol/control/ScaleLine.js";
import { defaults as defaultControls } from "ol/control/defaults.js";
import GeoJSON from "ol/format/GeoJSON.js";
import { get as projection, transform, transformExtent } from "ol/proj.js";
import { register } from "ol/proj/proj4.js";
import TileGrid from "ol/tilegrid/TileGrid.js";
import proj4 from "proj4";
import { byId, h } from "./dom.js";

export const CITY = "EPSG:5186";
const LONLAT = "EPSG:4326";

// EPSG:5186, Korea 2000 / Central Belt 2010, as in the EPSG registry; no datum shift to WGS 84.
proj4.defs(CITY, "+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs");
register(proj4);
projection(CITY).setExtent([-30000, 475712, 494288, 1000000]);

/** KoreaCentral5186Quad: z 11 is 1 m, z 12 0.5 m a pixel. */
export const grid = new TileGrid({
  origin: [-30000, 1000000],
  resolutions: Array.from({ length: 17 }, (_, z) => 2048 / 2 ** z),
  tileSize: 256,
});

export const toCity = (lonlat) => transform(lonlat, LONLAT, CITY);
export const toLonlat = (point) => transform(point, CITY, LONLAT);
export const extentToLonlat = (extent) => transformExtent(extent, CITY, LONLAT, 8);
export const extentToCity = (extent) => transformExtent(extent, LONLAT, CITY, 8);

const format = new GeoJSON({ dataProjection: LONLAT, featureProjection: CITY });

/** Reads a GeoJSON geometry, feature or collection of lon/lat into features in EPSG:5186; those without geometry are left out. */
export function readFeatures(document) {
  if (!document) return [];
  // A "crs" member would override the above, and OpenLayers draws nothing for CRS84 then (openlayers #17177).
  const { crs, ...plain } = document;
  const features = format.readFeatures(plain.coordinates || plain.geometries ? { type: "Feature", geometry: plain, properties: {} } : plain);
  return features.filter((feature) => feature.getGeometry());
}

const zoom = { zoomInTipLabel: "확대", zoomOutTipLabel: "축소", zoomInLabel: "+", zoomOutLabel: "−" };

export const map = new Map({
  controls: defaultControls({ attribution: false, rotate: false, zoomOptions: zoom }).extend([new ScaleLine({ minWidth: 80 })]),
  view: new View({ projection: CITY, center: [180700, 573700], resolution: 4, minResolution: 0.1, maxResolution: 128, enableRotation: false }),
});

/** Brings an extent into view without ever zooming in further than 0.3 m a pixel. */
export function show(extent) {
  map.getView().fit(extent, { padding: [90, 50, 90, 50], minResolution: 0.3 });
}

export function setup() {
  map.setTarget("map");
  map.on("pointermove", ({ coordinate }) => write(coordinate, ""));
  map.on("moveend", () => write(map.getView().getCenter(), "가운데 "));
}

function write([x, y], what) {
  const [lon, lat] = toLonlat([x, y]);
  byId("position").replaceChildren(
    h("span", {}, `${what}EPSG:5186 X ${x.toFixed(1)} Y ${y.toFixed(1)}`), h("span", {}, `WGS 84 위도 ${lat.toFixed(6)} 경도 ${lon.toFixed(6)}`));
}
