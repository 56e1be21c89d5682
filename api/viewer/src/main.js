// Starts the viewer: imagery first, then what lies on it, then what the address asks for.
import "ol/ol.css";
import "./app.css";
import * as changes from "./changes.js";
import * as disaster from "./disaster.js";
import { byId } from "./dom.js";
import * as imagery from "./imagery.js";
import * as layers from "./layers.js";
import { sayError } from "./live.js";
import * as map from "./map.js";
import * as measure from "./measure.js";
import * as permalink from "./permalink.js";
import * as pick from "./pick.js";
import * as print from "./print.js";
import * as review from "./review.js";
import * as roads from "./roads.js";
import * as search from "./search.js";
import * as selection from "./selection.js";
import * as swipe from "./swipe.js";
import * as tabs from "./tabs.js";

const FIRST_RESOLUTION = 1.5; // m/px: near enough to see the parcels, some 3,000 of them on a wide screen

async function start() {
  const said = permalink.read();
  map.setup();
  tabs.setup();
  tabs.onOpen((name) => name === "disaster" && disaster.fill());
  layers.setup();
  selection.setup();
  disaster.setup(said, askFor);
  await imagery.setup().catch(sayError);
  place(said);
  swipe.setup(permalink.write);
  compare(said);
  search.setup(said.query);
  review.setup(roads.open);
  roads.setup(said.roadList, said.query, askFor);
  measure.setup(said.measured);
  pick.setup();
  print.setup();
  tabs.open(said.tab ?? "review");
  layers.draw();
  map.map.once("rendercomplete", () => { window.__ready = performance.now(); });
  await changes.setup({ run: said.run, unpermitted: said.unpermitted, kind: said.kind, change: said.change });
  if (said.on) layers.showOnly([...said.on, "selection", "measure"]);
  layers.hide(said.hide);
  layers.draw();
  if (said.question) await review.ask(said.question, { zoom: !said.center });
  if (said.road) await roads.open(said.road, said.roadDay);
  if (said.tab) tabs.open(said.tab);
  look(said); // what was opened has moved the map
  permalink.setup();
}

const askFor = (question) => review.ask(question, { zoom: true, focus: true });

function place({ center, resolution }) {
  const newest = imagery.surveys[0];
  if (newest) map.show(imagery.bounds(newest));
  map.map.getView().setResolution(Math.min(map.map.getView().getResolution(), FIRST_RESOLUTION));
  look({ center, resolution });
}

function look({ center, resolution }) {
  if (center) map.map.getView().setCenter(center);
  if (resolution) map.map.getView().setResolution(resolution);
}

/** The two newest dates, older on the left, unless the address names others. */
function compare({ left, right, swipe: percent }) {
  const [newest, before = newest] = imagery.surveys;
  imagery.onChoose(swipe.draw);
  imagery.choose("left", before?.id);
  imagery.choose("right", newest?.id);
  imagery.choose("left", left);
  imagery.choose("right", right);
  layers.noteSynthetic(imagery.surveys);
  if (percent) byId("swipe").value = percent;
  swipe.draw();
}

start().catch(sayError);
