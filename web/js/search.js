// Starts the search app. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { startSearch } from "./glue.js";

// The index is fetched while the module is still on its way.
const path = document.getElementById("search")?.dataset.index;
const entry = path && fetch(path).then((answer) => (answer.ok ? answer.arrayBuffer() : null)).catch(() => null);

await init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });
startSearch(entry || undefined);
