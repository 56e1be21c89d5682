// The map on paper, A4 or A3: at a round scale, with date, source and the synthetic mark.
import { byId } from "./dom.js";
import * as imagery from "./imagery.js";
import { map } from "./map.js";
import { look } from "./symbols.js";

const PX_M = 0.0254 / 96; // a CSS pixel on paper
const SCALES = [100, 200, 300, 500, 600, 1000, 1200, 2000, 2500, 3000, 5000, 6000, 10000, 25000, 50000, 100000, 250000];

export function setup() {
  byId("print").addEventListener("submit", (event) => {
    event.preventDefault();
    print(byId("paper").value);
  });
}

function print(paper) {
  const view = map.getView();
  const [center, resolution, size] = [view.getCenter(), view.getResolution(), map.getSize()];
  const wide = resolution * size[0];
  document.body.classList.add("printing", paper);
  map.updateSize();
  const scale = SCALES.find((one) => one * PX_M * map.getSize()[0] >= wide) ?? SCALES.at(-1);
  view.setCenter(center);
  view.setResolution(scale * PX_M);
  const dates = [...new Set(["left", "right"].map((side) => imagery.chosen(side)?.captured_on).filter(Boolean))];
  byId("print-note").textContent = [
    `축척 1:${scale.toLocaleString("ko-KR")} (${paper.toUpperCase()})`, `EPSG:5186 가운데 X ${center[0].toFixed(1)} Y ${center[1].toFixed(1)}`,
    dates.length && `항공사진 ${dates.length > 1 ? "왼쪽부터 " : ""}${dates.join(", ")} 촬영 (파주시)`, `${new Date().toLocaleDateString("sv-SE")} 인쇄`, look.notice].filter(Boolean).join(" · ");
  map.once("rendercomplete", () => {
    window.print();
    document.body.classList.remove("printing", paper);
    map.updateSize();
    view.setCenter(center);
    view.setResolution(resolution);
  });
  map.render();
}
