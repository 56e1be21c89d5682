// Elements made of text only: whatever comes from the server can never become markup.

/** Makes <tag> with properties and children (strings become text nodes, null and false are left out). */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A table with a caption, column heads and rows of cells (text or elements). */
export function table(caption, heads, rows, captionClass = null) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", { class: captionClass }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((row) => (row instanceof Node ? row : h("tr", {}, row.map((cell) => h("td", {}, cell))))))));
}

/** A list of names and values; pairs without a value are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", {}, known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

const numbers = new Map();

/** A number as people here write it, or a dash. */
export function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(Number(value))) return "–";
  if (!numbers.has(digits)) numbers.set(digits, new Intl.NumberFormat("ko-KR", { maximumFractionDigits: digits }));
  return numbers.get(digits).format(Number(value));
}

export const area = (value) => (value === null || value === undefined ? null : `${number(value, 1)} ㎡ (${number(value / 3.305785, 1)} 평)`);
