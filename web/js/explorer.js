// Starts the explorer. `PINFOLD_WASM` is the hashed file name, put in by `cargo xtask web`.
import init, { startExplorer } from "./glue.js";

await init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });
startExplorer();
