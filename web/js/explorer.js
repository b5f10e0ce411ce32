// The data explorer. In the page it waits for a link that opens it (`#explore…`), then loads the module;
// the same file is the worker that fetches, verifies, decodes and draws.
// `PINFOLD_WASM` is the hashed file name and `PINFOLD_ASSETS` the list of assets, put in by `cargo xtask web`.
import init, { startExplorer, startWorker } from "./glue.js";

const load = () => init({ module_or_path: new URL(PINFOLD_WASM, import.meta.url) });

if (typeof document === "undefined") {
  // What comes before the module is ready is kept.
  const early = [];
  self.onmessage = (event) => early.push(event);
  await load();
  self.onmessage = null;
  // The coasts are loaded when a map is drawn.
  const land = PINFOLD_ASSETS["land.bin"];
  startWorker(land ? new URL(land, import.meta.url).href : "");
  for (const event of early) {
    self.dispatchEvent(new MessageEvent("message", { data: event.data, ports: [...event.ports] }));
  }
} else {
  let opened = false;
  const open = async () => {
    if (opened || !location.hash.startsWith("#explore")) return;
    opened = true;
    const host = document.getElementById("explorer");
    try {
      await load();
      const peer = PINFOLD_ASSETS["helia.js"];
      startExplorer(import.meta.url, peer ? new URL(peer, import.meta.url).href : "");
    } catch (error) {
      opened = false;
      if (!host) return;
      host.dataset.state = "failed";
      const note = document.createElement("p");
      note.className = "note warn";
      note.setAttribute("role", "alert");
      note.textContent = `The explorer did not start (${error.message}). Reload the page, or open the data in Python as below.`;
      host.append(note);
    }
  };
  addEventListener("hashchange", open);
  await open();
}
