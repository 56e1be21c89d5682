// Everything on the screen in the address: where, which dates, which layers, which parcel.
import * as changes from "./changes.js";
import * as disaster from "./disaster.js";
import { byId } from "./dom.js";
import * as imagery from "./imagery.js";
import * as layers from "./layers.js";
import { map } from "./map.js";
import * as review from "./review.js";
import * as road from "./road.js";
import * as swipe from "./swipe.js";
import * as tabs from "./tabs.js";

const QUESTION = ["pnu", "address", "x", "y", "use", "gfa_m2", "as_of"];
let ready = false;

/** What the address says: center, resolution, left, right, swipe, on, tab, run, unpermitted, question; absent is null. */
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
    floodZone: said.get("flood_zone"), flood: said.get("flood"), floodFrom: said.get("flood_from"),
    hide: said.get("hide")?.split("-") ?? [], road: said.get("road"), change: said.get("change"), run: said.get("run"), unpermitted: said.get("unpermitted") === "1",
    question: Object.keys(question).length ? question : null,
  };
}

export function write() {
  if (!ready) return;
  const view = map.getView();
  const { run, unpermitted, change } = changes.chosen();
  const said = new URLSearchParams({
    c: view.getCenter().map((value) => value.toFixed(1)).join(","), r: view.getResolution().toFixed(3),
    l: byId("left").value, n: byId("right").value, s: byId("swipe").value,
    on: layers.shown().filter((id) => !["selection", "measure"].includes(id)).join("-"), tab: tabs.current(),
  });
  const more = { run, change, road: road.shown(), hide: layers.hidden().join("-") };
  for (const [name, value] of Object.entries(more)) if (value) said.set(name, value);
  if (unpermitted) said.set("unpermitted", "1");
  for (const [name, value] of Object.entries(disaster.shown())) said.set(name, value);
  for (const [name, value] of Object.entries(review.question() ?? {})) if (value !== "") said.set(name, value);
  history.replaceState(null, "", `#${said.toString().replaceAll("%2C", ",")}`);
}

export function setup() {
  ready = true;
  map.on("moveend", write);
  imagery.onChoose(write);
  layers.onChange(write);
  review.onAsk(write);
  road.onOpen(write);
  changes.onChoose(write);
  disaster.onChoose(write);
  tabs.onOpen(write);
  // Somebody pasted another permalink into the same window.
  addEventListener("hashchange", () => location.reload());
  write();
}
