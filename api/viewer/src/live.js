// The one place where the viewer speaks to people: a visible line that screen readers read out.
import { byId } from "./dom.js";

let timer;

/** Shows a sentence; `kind` is "info" or "error". Errors stay until the next sentence. */
export function say(sentence, kind = "info") {
  const line = byId("live");
  clearTimeout(timer);
  line.textContent = sentence;
  line.dataset.kind = kind;
  if (kind === "info") timer = setTimeout(() => { line.textContent = ""; }, 6000);
}

/** Says what an error means; a request that was given up says nothing. */
export function sayError(error) {
  if (error.name === "AbortError") return;
  say(error.message, "error");
}
