// The search app's other part: filters, time, map, suggestions, exports. Started by `search.js` when the first answer
// is painted. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { startPanel, takeList } from "./glue.js";

await init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });
await startPanel(globalThis.pinfoldSearch.words);

export { takeList };
