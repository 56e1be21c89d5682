// The scenario explorer of one zone: sliders over its modelled floods, what each reaches, the change between any two.
import { get } from "./api.js";
import * as flood from "./disaster_flood.js";
import { comparison, figures, inputs, legend, sites } from "./disaster_figures.js";
import { level } from "./disaster_level.js";
import { h } from "./dom.js";
import { sayError } from "./live.js";

const WAIT_MS = 250; // while somebody moves a slider nothing is asked for

/** Makes the explorer of a zone; null where no floods are modelled. `said` names a scenario and one to compare from; the map waits for a choice where it is null. */
export async function explorer(zone, said, onChoose) {
  const index = await get(`disaster-zones/${encodeURIComponent(zone)}/scenarios`).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });
  return index && new Explorer(index, said, onChoose);
}

class Explorer {
  constructor(index, said, onChoose) {
    Object.assign(this, { index, onChoose, asked: new AbortController(), onMap: Boolean(said) });
    this.from = this.named(said?.from);
    const first = this.named(said?.scenario) ?? index.scenarios.find(({ rain_mm, stage_m, works }) => works === "none" && rain_mm === middle(index.rain_mm) && stage_m === index.stage_m.at(-1));
    this.controls = {
      rain_mm: slider("강우 (24시간)", index.rain_mm, "mm", first.rain_mm),
      stage_m: slider(index.provenance.stage_label, index.stage_m, "m", first.stage_m),
      works: choice("정비", index.labels.works, first.works),
      failure: choice("펌프 고장", index.labels.failure, first.failure),
      capacity: choice("펌프 토출량 (가정)", this.capacities(), first.capacity ?? this.bandMiddle()),
    };
    this.shown = h("input", { type: "checkbox", checked: this.onMap && !said.hidden });
    this.sentence = h("p", { class: "sentence", role: "status" });
    this.answer = h("div", { class: "answer" });
    this.element = h("section", { class: "explorer" },
      h("h3", {}, "침수 시나리오 (모의)"), h("p", { class: "watermark" }, index.provenance.watermark),
      h("form", { class: "question", onsubmit: (event) => event.preventDefault(), oninput: () => this.choose() },
        Object.values(this.controls).map(({ label }) => label), h("label", { class: "check" }, this.shown, "침수심을 지도에 그리기")),
      this.sentence, this.answer, inputs(index));
    this.draw();
  }

  named = (id) => this.index.scenarios.find((one) => one.id === id) ?? null;

  capacities() {
    const held = new Set(this.index.scenarios.map(({ capacity }) => capacity).filter(Boolean));
    return Object.fromEntries(Object.entries(this.index.labels.capacity).filter(([id]) => held.has(id)));
  }

  bandMiddle = () => (this.capacities().nominal ? "nominal" : Object.keys(this.capacities())[0]);

  /** The scenario that the controls name; what does not matter for it is hidden. */
  chosen() {
    const { rain_mm, stage_m, works, failure, capacity } = this.controls;
    failure.label.hidden = works.value() !== "basin_pumps";
    const broken = failure.label.hidden ? "none" : failure.value();
    capacity.label.hidden = failure.label.hidden || broken === "all_pumps";
    const power = capacity.label.hidden ? null : capacity.value();
    return this.index.scenarios.find((one) => one.rain_mm === rain_mm.value() && one.stage_m === stage_m.value() && one.works === works.value() && one.failure === broken && one.capacity === power);
  }

  words({ rain_mm, stage_m, works, failure, capacity }) {
    const { labels, provenance } = this.index;
    return [`강우 ${rain_mm} mm`, `${provenance.stage_label} ${stage_m} m`, labels.works[works], failure !== "none" && labels.failure[failure], capacity && `토출량 ${labels.capacity[capacity]}`].filter(Boolean).join(" · ");
  }

  draw() {
    const { index, from } = this;
    const scenario = this.chosen();
    const band = index.bands.find(({ scenarios }) => scenarios.includes(scenario.id));
    this.sentence.textContent = this.words(scenario);
    this.details = h("div", { class: "answer" }, h("p", { class: "note" }, "자세한 값을 불러오는 중입니다."));
    this.answer.replaceChildren(...[
      from ? h("p", {}, h("b", {}, "비교 기준: "), this.words(from)) : null,
      h("div", { class: "offers" },
        h("button", { type: "button", class: "plain", onclick: () => this.compareFrom(scenario) }, "이것을 비교 기준으로"),
        from ? h("button", { type: "button", class: "plain", onclick: () => this.compareFrom(null) }, "비교 끝내기") : null),
      legend(index, from ? null : scenario), figures(index, scenario, band), this.details,
    ].filter(Boolean));
    if (this.onMap) {
      this.drawMap(scenario);
      this.onChoose({ zone: index.zone_id, scenario: scenario.id, from: from?.id ?? null, hidden: !this.shown.checked });
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(scenario).catch(sayError), WAIT_MS);
  }

  choose() {
    if (!this.onMap) this.shown.checked = true;
    this.onMap = true;
    this.draw();
  }

  compareFrom(scenario) {
    this.from = scenario;
    this.choose();
  }

  drawMap(scenario) {
    const { from, index } = this;
    if (!this.shown.checked) return flood.hide();
    const home = `disaster-zones/${encodeURIComponent(index.zone_id)}`;
    const query = new URLSearchParams(from ? { a: from.id, b: scenario.id, v: index.version } : { v: index.version });
    const place = from ? "compare" : `scenarios/${scenario.id}`;
    return flood.show((z, x, y) => `${home}/${place}/tiles/KoreaCentral5186Quad/${z}/${x}/${y}?${query}`, index.provenance.watermark);
  }

  async ask(scenario) {
    this.asked.abort();
    this.asked = new AbortController();
    const { details, from, index } = this;
    const home = `disaster-zones/${encodeURIComponent(index.zone_id)}`;
    const [whole, change] = await Promise.all([
      get(`${home}/scenarios/${scenario.id}`, {}, this.asked.signal),
      from && get(`${home}/compare`, { a: from.id, b: scenario.id }, this.asked.signal),
    ]);
    details.replaceChildren(...[change && comparison(index, change), level(whole, index.provenance.stage_label), sites(index, whole)].filter(Boolean));
  }
}

const middle = (values) => values[Math.floor((values.length - 1) / 2 + 0.5)];

function slider(name, values, unit, value) {
  const said = h("b", {});
  const input = h("input", { type: "range", min: 0, max: values.length - 1, step: 1, value: Math.max(values.indexOf(value), 0), "aria-label": name });
  const tell = () => {
    said.textContent = `${values[input.value]} ${unit}`;
    input.setAttribute("aria-valuetext", said.textContent);
  };
  input.addEventListener("input", tell);
  tell();
  const ends = h("span", { class: "ends", "aria-hidden": "true" }, values.map((one) => h("i", {}, one)));
  return { value: () => values[input.value], label: h("label", { class: "wide" }, h("span", { class: "said" }, name, said), input, ends) };
}

function choice(name, options, value) {
  const select = h("select", { "aria-label": name }, Object.entries(options).map(([id, words]) => h("option", { value: id, selected: id === value }, words)));
  return { value: () => select.value, label: h("label", {}, name, select) };
}
