// Everything on the screen in the address: where, which dates, which layers, what was searched, picked and measured.
import * as changes from "./changes.js";
import * as disaster from "./disaster.js";
import { byId } from "./dom.js";
import * as imagery from "./imagery.js";
import * as layers from "./layers.js";
import { map } from "./map.js";
import * as measure from "./measure.js";
import * as review from "./review.js";
import * as roads from "./roads.js";
import * as search from "./search.js";
import * as swipe from "./swipe.js";
import * as tabs from "./tabs.js";

const QUESTION = ["pnu", "address", "x", "y", "use", "gfa_m2", "as_of"];
let ready = false;

/** What the address says, each as the module that shows it takes it; absent is null. */
export function read() {
  const said = new URLSearchParams(location.hash.slice(1));
  const numbers = (name) => (said.get(name) ?? "").split(",").map(Number).filter((value) => Number.isFinite(value));
  const center = numbers("c");
  const question = Object.fromEntries(QUESTION.filter((name) => said.get(name)).map((name) => [name, said.get(name)]));
  return {
    center: center.length === 2 ? center : null,
    resolution: Number(said.get("r")) > 0 ? Number(said.get("r")) : null,
    left: said.get("l"), right: said.get("n"), swipe: said.get("s"), on: said.get("on")?.split("-") ?? null,
    tab: byId("tabs").querySelector(`[aria-controls="${CSS.escape(said.get("tab") ?? "")}"]`) ? said.get("tab") : null,
    zoneDay: said.get("zone_day"), floodZone: said.get("flood_zone"), flood: said.get("flood"), floodFrom: said.get("flood_from"), floodHidden: said.get("flood_hidden") === "1",
    hide: said.get("hide")?.split("-") ?? [], road: said.get("road"), roadDay: said.get("road_day"), roadList: said.get("road_list"), change: said.get("change"), run: said.get("run"),
    unpermitted: said.get("unpermitted") === "1", kind: said.get("kind"), query: said.get("q"), measured: said.get("measure"),
    question: Object.keys(question).length ? question : null,
  };
}

export function write() {
  if (!ready) return;
  const view = map.getView();
  const { run, unpermitted, kind, change } = changes.chosen();
  const said = new URLSearchParams({
    c: view.getCenter().map((value) => value.toFixed(1)).join(","), r: view.getResolution().toFixed(3),
    l: byId("left").value, n: byId("right").value, s: byId("swipe").value,
    on: layers.shown().filter((id) => !["selection", "measure"].includes(id)).join("-"), tab: tabs.current(),
  });
  const more = {
    q: search.typed(), hide: layers.hidden().join("-"), run, change, kind, unpermitted: unpermitted ? "1" : "", measure: measure.shown(),
    ...roads.shown(), ...disaster.shown(), ...review.question(),
  };
  for (const [name, value] of Object.entries(more)) if (value) said.set(name, value);
  history.replaceState(null, "", `#${said.toString().replaceAll("%2C", ",")}`);
}

export function setup() {
  ready = true;
  map.on("moveend", write);
  imagery.onChoose(write);
  layers.onChange(write);
  review.onAsk(write);
  roads.onOpen(write);
  search.onType(write);
  measure.onDrawn(write);
  changes.onChoose(write);
  disaster.onChoose(write);
  tabs.onOpen(write);
  // Somebody pasted another permalink into the same window.
  addEventListener("hashchange", () => location.reload());
  write();
}
