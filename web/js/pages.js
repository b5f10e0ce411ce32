// Search in the content pages. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { searchPages } from "./glue.js";

await init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });
const indexes = new Map();

/** The best pages for a text, as `{title, url, about}`. */
export async function search(path, text) {
  if (!indexes.has(path)) {
    indexes.set(path, fetch(path).then(async (answer) => new Uint8Array(answer.ok ? await answer.arrayBuffer() : [])));
  }
  return searchPages(await indexes.get(path), text);
}
