// One box: a 지번, a PNU or a coordinate; nothing that was typed is ever corrected by itself.
import { byId } from "./dom.js";
import { map, toCity } from "./map.js";
import { say } from "./live.js";
import * as review from "./review.js";

/** Turns what was typed into a question for the review: {pnu}, {x, y} or {address}; null when empty. */
export function understand(text) {
  const typed = text.trim();
  if (!typed) return null;
  if (/^[\d-]{12,}$/.test(typed)) return { pnu: typed.replaceAll("-", "") };
  const pair = /^\(?\s*(-?\d+(?:\.\d+)?)\s*[,\s]\s*(-?\d+(?:\.\d+)?)\s*\)?$/.exec(typed);
  if (!pair) return { address: typed };
  const [a, b] = [Number(pair[1]), Number(pair[2])];
  const korea = (lon, lat) => lon > 124 && lon < 132 && lat > 33 && lat < 43;
  const [x, y] = korea(a, b) ? toCity([a, b]) : korea(b, a) ? toCity([b, a]) : [a, b];
  return { x: x.toFixed(2), y: y.toFixed(2) };
}

export function setup() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = understand(byId("query").value);
    if (!asked) return say("찾을 지번, PNU 또는 좌표를 적어 주십시오.", "error");
    if (asked.x) map.getView().setCenter([Number(asked.x), Number(asked.y)]);
    return review.ask(asked, { zoom: true, focus: true });
  });
}
