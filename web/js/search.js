// Starts the search app. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { changeSearch, searchBasis, searchLacks, searchParams, searchTurn, searchWords, startSearch } from "./glue.js";

// The module is compiled while the page is still being read; the page has begun to fetch it, and the index, by
// `<link rel="preload">`.
const module =
  typeof WebAssembly === "object"
    ? init({ module_or_path: fetch(new URL(PINFOLD_WASM, import.meta.url), { signal: AbortSignal.timeout(60_000) }) })
    : Promise.reject(new Error());
// Whoever waits for it hears of its failure; until then nobody does.
module.catch(() => {});

// What the page says in another language than English; there by the time that anything is said.
let table;
const words = () => (table ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}"));
const t = (text, ...values) => values.reduce((said, value) => said.replace("{}", () => value), words()[text] ?? text);

// Longer than that, a file is given up; what is larger is no part of an index.
const TIMEOUT_S = 20;
const MAX_FILE_BYTES = 64 << 20;
const kept = new Map();

async function bytes(address, cache) {
  try {
    const answer = await fetch(address, { cache, signal: AbortSignal.timeout(TIMEOUT_S * 1000) });
    if (!answer.ok) throw t("the server answered {}", answer.status);
    const buffer = await answer.arrayBuffer();
    if (buffer.byteLength > MAX_FILE_BYTES) throw t("it is too large");
    return buffer;
  } catch (error) {
    if (typeof error === "string") throw error;
    throw error.name === "TimeoutError" ? t("it did not arrive within {} s", TIMEOUT_S) : t("it could not be fetched");
  }
}

/** A file for either part of the app; rejects with a reason in words. Columns are kept: both parts read them. */
globalThis.pinfoldFile = (address, keep, fresh) => {
  if (fresh) kept.delete(address);
  const found = kept.get(address) ?? bytes(address, fresh ? "no-cache" : "default");
  if (keep) {
    kept.set(address, found);
    found.catch(() => kept.delete(address));
  }
  return found;
};

/** Resolves in the task after the next frame, which is not kept waiting for whoever waits for it. */
globalThis.pinfoldPainted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** What the other part asks of this one. */
globalThis.pinfoldSearch = {
  turn: searchTurn, params: searchParams, basis: searchBasis, change: changeSearch, lacks: searchLacks,
  begun: searchWords,
};

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
// What fails at once may be what the browser kept, and is asked for again; what did not come in time is told.
const begun = performance.now();
const late = (reason) => (performance.now() - begun < TIMEOUT_S * 1000 ? null : reason);
const entry = path && bytes(path, "default").catch(late);

// Filters, map, suggestions and exports come when the first answer is painted.
let panel;
const loadPanel = () => (panel ??= import(new URL(PINFOLD_ASSETS["panel.js"], import.meta.url)));
host?.addEventListener("answer", loadPanel, { once: true });
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-take]");
  if (button) (await loadPanel()).takeList(button.dataset.take);
});

try {
  await module;
  // The other part reads the same entry.
  if (entry) kept.set(path, entry.then((came) => (came?.byteLength ? came : bytes(path, "default"))));
  const said = Object.entries(words()).flat().join("\n");
  globalThis.pinfoldSearch.words = said;
  startSearch(entry || undefined, said);
} catch (error) {
  // The list stays as it is.
  document.documentElement.removeAttribute("data-asks");
  const note = document.createElement("p");
  note.className = "note warn";
  note.setAttribute("role", "status");
  const reason = typeof WebAssembly === "object" ? error.message : t("this browser does not run WebAssembly");
  note.textContent = t(
    "Search is not available: {}. The list below is complete; the browser’s own find works on it.",
    reason,
  );
  host?.append(note);
}
