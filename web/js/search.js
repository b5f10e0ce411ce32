// Starts the search app. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { startSearch } from "./glue.js";

// The index is fetched while the module is still on its way.
const host = document.getElementById("search");
const path = host?.dataset.index;
const entry = path && fetch(path).then((answer) => (answer.ok ? answer.arrayBuffer() : null)).catch(() => null);

// The search in the content pages comes when somebody types.
const pages = PINFOLD_ASSETS["pages.js"];
let module;
globalThis.pinfoldPages = async (path, text) => {
  if (!pages) return [];
  module ??= import(new URL(pages, import.meta.url));
  return (await module).search(path, text);
};

try {
  if (typeof WebAssembly !== "object") throw new Error("this browser does not run WebAssembly");
  await init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });
  startSearch(entry || undefined);
} catch (error) {
  // The list stays as it is.
  const note = document.createElement("p");
  note.className = "note warn";
  note.setAttribute("role", "status");
  note.textContent = `Search is not available: ${error.message}. The list below is complete; the browser’s own find works on it.`;
  host?.append(note);
}
