// One box: a 지번, a PNU, a road or a coordinate; nothing that was typed is ever corrected by itself.
import { byId } from "./dom.js";
import { map, toCity } from "./map.js";
import { say, sayError } from "./live.js";
import * as review from "./review.js";
import * as roads from "./roads.js";

/** Turns what was typed into a question for the review: {pnu} (several with "+"), {x, y} or {address}, or for a road {road}; null when empty. */
export function understand(text) {
  const typed = text.trim();
  if (!typed) return null;
  if (/^[\d+-]{12,}$/.test(typed)) return { pnu: typed.replaceAll("-", "") };
  if (/(로|길)$/.test(typed) || /^\d{4}-\d{1,5}$/.test(typed)) return { road: typed };
  const pair = /^\(?\s*(-?\d+(?:\.\d+)?)\s*[,\s]\s*(-?\d+(?:\.\d+)?)\s*\)?$/.exec(typed);
  if (!pair) return { address: typed };
  const [a, b] = [Number(pair[1]), Number(pair[2])];
  const korea = (lon, lat) => lon > 124 && lon < 132 && lat > 33 && lat < 43;
  const [x, y] = korea(a, b) ? toCity([a, b]) : korea(b, a) ? toCity([b, a]) : [a, b];
  return { x: x.toFixed(2), y: y.toFixed(2) };
}

/** What stands in the box, for the address. */
export const typed = () => byId("query").value.trim();

/** Calls `listener()` when something else was looked for. */
export const onType = (listener) => byId("search").addEventListener("submit", listener);

/** Puts what the address asks for into the box. */
export function setup(text) {
  byId("query").value = text ?? "";
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = understand(byId("query").value);
    if (!asked) return say("찾을 지번, PNU 또는 좌표를 적어 주십시오.", "error");
    if (asked.x) map.getView().setCenter([Number(asked.x), Number(asked.y)]);
    if (asked.road) return roads.find(asked.road).catch(sayError);
    return review.ask(asked, { zoom: true, focus: true });
  });
}
