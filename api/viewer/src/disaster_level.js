// The level of the basin through time as a small picture, with the river's stage beside it.
import { number } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, FOOT, TOP] = [384, 150, 40, 20, 12];

function draw(tag, properties, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Draws the levels [[t_s, level_m], …] of a scenario against the constant stage of what is called `name` outside. */
export function level({ levels, stage_m: stage, summary }, name) {
  const hours = levels.at(-1)[0] / 3600;
  const heights = [...levels.map(([, height]) => height), stage];
  const [low, high] = [Math.floor(Math.min(...heights)), Math.ceil(Math.max(...heights) + 0.01)];
  const x = (hour) => LEFT + (hour / hours) * (WIDTH - LEFT - 6);
  const y = (height) => TOP + ((high - height) / (high - low)) * (HEIGHT - TOP - FOOT);
  const [top, late] = [y(summary.peak_level_m), summary.peak_at_h > hours / 2];
  const step = high - low > 8 ? 2 : 1;
  const marks = [];
  for (let height = low; height <= high; height += step) {
    marks.push(draw("path", { d: `M${LEFT} ${y(height)}H${WIDTH - 6}`, stroke: "#e6e8ea" }), draw("text", { x: LEFT - 5, y: y(height) + 4, "text-anchor": "end" }, `${height}`));
  }
  for (let hour = 0; hour <= hours; hour += 12) marks.push(draw("text", { x: x(hour), y: HEIGHT - 4, "text-anchor": hour ? (hour === hours ? "end" : "middle") : "start" }, `${hour}시간`));
  const line = levels.map(([t, height]) => `${x(t / 3600).toFixed(1)},${y(height).toFixed(1)}`).join(" ");
  const words = `최고 ${number(summary.peak_level_m)} m, ${number(summary.peak_at_h, 1)}시간째`;
  return draw("svg", { class: "level", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `수위의 변화. ${words}. ${name} ${stage} m.` },
    ...marks,
    draw("path", { d: `M${LEFT} ${y(stage)}H${WIDTH - 6}`, stroke: "#58616a", "stroke-dasharray": "6 4" }),
    draw("text", { x: WIDTH - 8, y: y(stage) + (y(stage) < TOP + 14 ? 14 : -4), "text-anchor": "end" }, `${name} ${stage} m`),
    draw("polyline", { points: line, fill: "none", stroke: "#0b50d0", "stroke-width": 2.5 }),
    draw("circle", { cx: x(summary.peak_at_h), cy: top, r: 4, fill: "#0b50d0" }),
    draw("text", { class: "peak", x: x(summary.peak_at_h) + (late ? -7 : 7), y: top + 18, "text-anchor": late ? "end" : "start" }, words));
}
