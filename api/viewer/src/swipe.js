// The curtain between the two dates: a slider for the keyboard, a divider to drag on the map.
import { getRenderPixel } from "ol/render.js";
import { byId } from "./dom.js";
import { chosen, layers } from "./imagery.js";
import { map } from "./map.js";

const slider = () => byId("swipe");

/** Share of the map's width that shows the left date, 0 to 1. */
export const share = () => slider().value / 100;

export function set(percent) {
  slider().value = percent;
  draw();
}

export function draw() {
  const position = `${slider().value}%`;
  byId("divider").style.left = position;
  const [left, right] = [chosen("left"), chosen("right")];
  slider().setAttribute("aria-valuetext", `왼쪽 ${left?.captured_on ?? ""} ${position}, 오른쪽 ${right?.captured_on ?? ""}`);
  map.render();
}

export function setup(onMoved) {
  clip(layers.left, (width) => [0, width * share()]);
  clip(layers.right, (width) => [width * share(), width]);
  slider().addEventListener("input", () => { draw(); onMoved(); });
  byId("compare").addEventListener("submit", (event) => event.preventDefault());
  drag(byId("divider"), onMoved);
}

function clip(layer, columns) {
  layer.on("prerender", (event) => {
    const [width, height] = map.getSize();
    const [from, to] = columns(width);
    const pen = event.context;
    pen.save();
    pen.beginPath();
    [[from, 0], [from, height], [to, height], [to, 0]].forEach((pixel, n) => pen[n ? "lineTo" : "moveTo"](...getRenderPixel(event, pixel)));
    pen.closePath();
    pen.clip();
  });
  layer.on("postrender", ({ context }) => context.restore());
}

function drag(divider, onMoved) {
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = byId("map").getBoundingClientRect();
    set(Math.round(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * 100));
    onMoved();
  });
}
