// The data explorer. In the page it waits for a link that opens it (`#explore…`), then loads the module and starts the
// worker side by side; the same file is the worker that fetches, verifies, decodes and draws.
// `PINFOLD_WASM` is the hashed file name and `PINFOLD_ASSETS` the list of assets, put in by `cargo xtask web`.
import init, { startExplorer, startWorker } from "./glue.js";

const compile = async (file) => {
  // Whoever waits for it is told rather than kept waiting.
  const answer = await fetch(new URL(file, import.meta.url), { signal: AbortSignal.timeout(60000) });
  if (!answer.ok) throw new Error(`${file}: ${answer.status} ${answer.statusText}`);
  // IPFS gateways may call it something else.
  const streams = answer.headers.get("content-type")?.startsWith("application/wasm");
  return streams ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
};

if (typeof document === "undefined") {
  // What gateways answer is received and hashed beside this worker; in it, where it may not have one of its own.
  const file = new URL(PINFOLD_ASSETS["receive.js"], import.meta.url);
  const receiver = new Promise((resolve) => {
    const worker = new Worker(file, { type: "module", name: "receiver" });
    // It says when it listens: a question to one that never came would be lost.
    worker.onmessage = () => resolve(worker);
    worker.onerror = () => resolve();
  }).catch(() => {});
  const receive = async (question, port) => {
    const worker = await receiver;
    if (worker) worker.postMessage(question, [port]);
    else (await import(file)).serve(question, port);
  };
  // Blocks of earlier visits, if they are to be had soon; opened while the program comes.
  const cache = Promise.race([
    import(new URL(PINFOLD_ASSETS["cache.js"], import.meta.url)).then(({ open }) => open()),
    new Promise((resolve) => setTimeout(resolve, 3000))
  ]).catch(() => {});
  // The page compiles the module once for both. What comes before it is kept.
  const early = [];
  const module = await new Promise((resolve) => {
    self.onmessage = (event) => event.data instanceof WebAssembly.Module ? resolve(event.data) : early.push(event);
  });
  self.onmessage = (event) => early.push(event);
  const first = await init({ module_or_path: module });
  self.onmessage = null;
  // What not every visit needs; each part works on the memory of the first.
  const parts = {};
  for (const [name, file] of Object.entries(PINFOLD_ASSETS)) {
    const part = /^explorer-(\w+)\.wasm$/.exec(name);
    if (part) parts[part[1]] = { file };
  }
  const load = (name) => {
    const part = parts[name];
    part.coming ??= compile(part.file).then((module) => WebAssembly.instantiate(module, { m: first }));
    // The next one who asks tries again.
    part.coming.catch(() => { part.coming = undefined; });
    return part.coming;
  };
  // The coasts are loaded when a map is drawn.
  const land = PINFOLD_ASSETS["land.bin"];
  startWorker(land ? new URL(land, import.meta.url).href : "", Object.keys(parts), load, receive, cache);
  for (const event of early) {
    self.dispatchEvent(new MessageEvent("message", { data: event.data, ports: [...event.ports] }));
  }
} else {
  let parts;
  const start = () => new Worker(import.meta.url, { type: "module" });
  // Module and worker are on their way, once.
  const begin = () => {
    if (parts) return parts;
    const worker = start();
    const begun = { worker, broken: false };
    worker.onerror = () => { begun.broken = true; };
    begun.module = compile(PINFOLD_WASM).then((module) => {
      worker.postMessage(module);
      return module;
    });
    // Another one, where the first has stopped.
    begun.again = () => {
      const worker = start();
      begun.module.then((module) => worker.postMessage(module));
      return worker;
    };
    begun.module.catch(() => {
      worker.terminate();
      parts = undefined;
    });
    return parts = begun;
  };
  let opened = false;
  const open = async () => {
    if (opened || !location.hash.startsWith("#explore")) return;
    opened = true;
    const host = document.getElementById("explorer");
    try {
      // Asked for again by the module, and then already on its way.
      const ahead = document.createElement("link");
      Object.assign(ahead, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: `${host?.dataset.root ?? ""}site.json` });
      document.head.append(ahead);
      const begun = begin();
      await init({ module_or_path: await begun.module });
      const peer = PINFOLD_ASSETS["helia.js"];
      startExplorer(begun.worker, begun.again, peer ? new URL(peer, import.meta.url).href : "");
      // Nobody was listening yet.
      if (begun.broken) begun.worker.dispatchEvent(new Event("error"));
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
  // What plays along a dimension is loaded when somebody wants it.
  addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-play]");
    if (button) (await import(new URL(PINFOLD_ASSETS["play.js"], import.meta.url))).toggle(button);
  });
  // Who points at a link that opens it, or reaches it with a key, will likely follow it.
  const hint = ({ target }) => {
    if (!navigator.connection?.saveData && target.closest?.('a[href*="#explore"]')) begin();
  };
  addEventListener("pointerover", hint, { passive: true });
  addEventListener("focusin", hint);
  await open();
}
