// Starts the search app. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { startSearch } from "./glue.js";

// The module is compiled while the page is still being read; the page has begun to fetch it, and the index, by
// `<link rel="preload">`.
const module =
  typeof WebAssembly === "object"
    ? init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) })
    : Promise.reject(new Error("this browser does not run WebAssembly"));
// Whoever waits for it hears of its failure; until then nobody does.
module.catch(() => {});

// The search in the content pages comes when somebody types.
const pages = PINFOLD_ASSETS["pages.js"];
let searchPages;
globalThis.pinfoldPages = async (path, text) => {
  if (!pages) return [];
  searchPages ??= import(new URL(pages, import.meta.url));
  return (await searchPages).search(path, text);
};

while (document.readyState === "loading") {
  await new Promise((resolve) => document.addEventListener("readystatechange", resolve, { once: true }));
}
const host = document.getElementById("search");
const path = host?.dataset.index;
const entry = path && fetch(path).then((answer) => (answer.ok ? answer.arrayBuffer() : null)).catch(() => null);

try {
  await module;
  startSearch(entry || undefined);
} catch (error) {
  // The list stays as it is.
  const note = document.createElement("p");
  note.className = "note warn";
  note.setAttribute("role", "status");
  note.textContent = `Search is not available: ${error.message}. The list below is complete; the browser’s own find works on it.`;
  host?.append(note);
}
