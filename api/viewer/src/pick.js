// A click on the map, or Enter in its middle: a corner of a measurement, a change, a road, or the parcel to review.
import * as changes from "./changes.js";
import { byId } from "./dom.js";
import * as layers from "./layers.js";
import { map } from "./map.js";
import * as measure from "./measure.js";
import * as review from "./review.js";
import * as roads from "./roads.js";
import * as tabs from "./tabs.js";

export function setup() {
  map.on("singleclick", ({ coordinate }) => at(coordinate));
  byId("map").addEventListener("keydown", (event) => {
    if (event.key === "Enter") at(map.getView().getCenter());
  });
}

function at(coordinate) {
  if (measure.active()) return;
  const change = tabs.current() === "changes" && layers.layer("changes").getVisible() && layers.layer("changes").getSource().getFeaturesAtCoordinate(coordinate)[0];
  if (change) changes.open(change.getId());
  else if (tabs.current() === "roads") roads.at(coordinate);
  else review.at(coordinate);
}
