// Detected changes: a run, its polygons by class, the ones no permit explains, a list that zooms.
import { get } from "./api.js";
import * as panel from "./change_panel.js";
import { byId, h, number, table } from "./dom.js";
import * as layers from "./layers.js";
import { sayError } from "./live.js";
import { readFeatures } from "./map.js";
import * as selection from "./selection.js";
import { changeStyle, look, swatch } from "./symbols.js";

const PAGE = 100;
const listeners = [];
const state = { runs: [], run: null, unpermitted: false, cls: "", rows: PAGE, open: null };
let failure = null;

export const onChoose = (listener) => listeners.push(listener);
/** The run shown, whether only unexplained changes are, their class, and the number of the one opened: {run, unpermitted, kind, change}. */
export const chosen = () => ({ run: state.run, unpermitted: state.unpermitted, kind: state.cls, change: state.open });

export async function setup({ run, unpermitted, kind, change }) {
  state.cls = Object.hasOwn(look.change_classes, kind ?? "") ? kind : "";
  layers.add("changes", { zIndex: 50, style: layers.filtered("changes", "class", changeStyle), maxResolution: 16 });
  try {
    const { runs } = await get("change-runs");
    state.runs = runs;
    const first = runs.find(({ id }) => String(id) === run) ?? runs[0];
    if (first) await choose(String(first.id), unpermitted);
  } catch (error) {
    failure = error;
  }
  draw();
  if (change) await open(change);
}

/** Opens one change of the run by its number, and brings it into view. */
export async function open(n) {
  const [at, listed] = [ranked().findIndex((feature) => String(feature.getId()) === String(n)), ranked()];
  if (at < 0) return;
  const step = (by) => listed[at + by] && (() => open(listed[at + by].getId()));
  const close = () => { state.open = null; draw(); told(); };
  const judged = () => choose(state.run, state.unpermitted, n).then(() => open(n), sayError);
  try {
    const content = await panel.page(state.run, n, { previous: step(-1), next: step(1), close }, judged);
    state.open = String(n);
    selection.select([listed[at].clone()], { zoom: true });
    byId("changes").replaceChildren(...content);
    byId("change").focus();
    told();
  } catch (error) {
    sayError(error);
  }
}

const told = () => listeners.forEach((listener) => listener());

/** The changes listed: of the class chosen, the widest first. */
const ranked = () => layers.features("changes").filter((feature) => !state.cls || feature.get("class") === state.cls).sort((a, b) => b.get("area_m2") - a.get("area_m2"));

async function choose(run, unpermitted, change = null) {
  Object.assign(state, { run, unpermitted, rows: PAGE, open: change });
  const source = layers.layer("changes").getSource();
  const found = readFeatures(await get(`change-runs/${encodeURIComponent(run)}/changes`, unpermitted ? { unpermitted: "true" } : {}));
  source.clear();
  source.addFeatures(found);
  layers.noteSynthetic(found);
  layers.setDate("changes", dates(state.runs.find(({ id }) => String(id) === run)));
  told();
}

const dates = ({ before, after, before_on, after_on }) => `${before_on ?? before} → ${after_on ?? after}`;
const again = (run, unpermitted) => choose(run, unpermitted).then(draw, sayError);

function draw() {
  const place = byId("changes");
  if (failure || !state.runs.length) {
    const login = failure?.status === 401 || failure?.status === 403;
    place.replaceChildren(h("h2", {}, "변화"), h("p", { class: failure ? "refusal" : "note" }, failure?.message ?? "아직 변화 탐지를 실행하지 않았습니다."), ...(login ? [h("p", {}, h("a", { href: "login" }, "로그인하기"))] : []));
    return;
  }
  const all = layers.layer("changes").getSource().getFeatures();
  const found = ranked();
  const hidden = state.runs.find(({ id }) => String(id) === state.run)?.hidden_m2;
  place.replaceChildren(h("h2", {}, "탐지된 변화"), controls(all),
    ...(hidden ? [h("p", { class: "note" }, `구름이나 깊은 그늘에 가려 비교하지 못한 땅 ${number(hidden, 0)} ㎡`)] : []),
    table(`변화 ${found.length}건 (넓은 것부터)`, ["종류", "면적", "확실도", "허가", "판정"], found.slice(0, state.rows).flatMap(row)),
    ...(found.length > state.rows ? [h("button", { type: "button", onclick: () => { state.rows += PAGE; draw(); } }, `더 보기 (${found.length - state.rows}건 남음)`)] : []),
    h("p", { class: "note" }, "탐지 결과이며 위반이라는 뜻이 아닙니다. ", look.notice, "."));
}

function controls(all) {
  const run = h("select", { onchange: ({ target }) => again(target.value, state.unpermitted) },
    state.runs.map((one) => h("option", { value: one.id, selected: String(one.id) === state.run }, dates(one))));
  const count = (cls) => all.filter((feature) => feature.get("class") === cls).length;
  const cls = h("select", { onchange: ({ target }) => { state.cls = target.value; state.rows = PAGE; draw(); told(); } },
    h("option", { value: "" }, `모든 종류 (${all.length})`),
    Object.entries(look.change_classes).map(([id, { label }]) => h("option", { value: id, selected: id === state.cls }, `${label} (${count(id)})`)));
  const only = h("input", { type: "checkbox", checked: state.unpermitted, onchange: ({ target }) => again(state.run, target.checked) });
  return h("div", { class: "question" }, h("label", { class: "wide" }, "두 시점", run), h("label", {}, "종류", cls), h("label", { class: "check" }, only, "허가로 설명되지 않는 것만"));
}

function row(feature) {
  const kind = look.change_classes[feature.get("class")];
  const explained = feature.get("explained");
  const name = kind?.label ?? String(feature.get("class"));
  const reason = feature.get("reason");
  return [h("tr", {}, h("td", {}, h("button", { type: "button", class: "link", onclick: () => open(feature.getId()), "aria-label": `${name} ${feature.get("n") ?? ""} 자세히 보기` }, kind ? swatch(kind) : "", name)),
    h("td", { class: "n" }, `${number(feature.get("area_m2"), 0)} ㎡`), h("td", { class: "n" }, number(feature.get("score"), 2)),
    h("td", {}, explained === true ? "있음" : explained === false || state.unpermitted ? "없음" : "–"), h("td", {}, panel.VERDICTS[feature.get("verdict")] ?? "–")),
  reason ? h("tr", { class: "why" }, h("td", { colspan: "5" }, String(reason))) : null].filter(Boolean);
}
