// Playing along a dimension: its slider goes on by one whenever the picture of the last step is drawn. Loaded with the
// first press of such a button; the rest of the explorer sees only that the view in the address changes.
//
// It ends with whatever else changes the view, with the pointer in a picture, a hidden tab, a failure or a question.

// From a picture to the next step: below four a second an eye can follow, and the page has time for everything else.
const STEP_MS = 250;

const PAUSE = "M1 0h2v8H1zM5 0h2v8H5z";

// Names that mean something else in the address (`RESERVED` of core's view_state.rs): as dimensions they carry a dot.
const RESERVED = ["variable", "as", "view", "colors", "scale"];

// Ends what plays.
let stop;

/** Plays along the dimension of `button`, or stops where that plays. */
export const toggle = (button) => {
  const played = stop?.();
  if (played !== button) play(button);
};

/** The fragment that shows `index` along `dimension`, everything else as in `fragment`. */
export const moved = (fragment, dimension, index) => {
  const [head, query = ""] = fragment.split("?");
  const name = (RESERVED.includes(dimension) || dimension.startsWith(".") ? "." : "") + dimension;
  const decoded = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
  const others = query.split("&").filter((part) => part && decoded(part.split("=")[0]) !== name);
  return `${head}?${[...others, `${encodeURIComponent(name)}=${index}`].join("&")}`;
};

const play = (button) => {
  const host = document.getElementById("explorer");
  const range = button.parentElement.querySelector("input");
  const shape = button.querySelector("path");
  const told = host.querySelector("[aria-live]");
  const was = { name: button.ariaLabel, shape: shape.getAttribute("d"), told: told?.ariaLive };
  let { hash } = location;
  let { state } = host.dataset;
  let timer;

  // The explorer writes the row anew with each picture; this comes after it and before anything is painted.
  const look = () => {
    if (button.ariaLabel !== "Pause") button.ariaLabel = "Pause";
    if (shape.getAttribute("d") !== PAUSE) shape.setAttribute("d", PAUSE);
  };
  const looks = new MutationObserver(look);

  const step = () => {
    // Somebody opened another view, or is asked whether to load this one.
    if (location.hash !== hash || !button.isConnected || document.getElementById("explorer-load")) return stop();
    hash = moved(hash, button.dataset.play, (Number(range.value) + 1) % (Number(range.max) + 1));
    // No step of the history each.
    location.replace(hash);
    hash = location.hash;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(step, STEP_MS);
  };
  const drawn = new MutationObserver(() => {
    // It is written again with every block; only what changes counts.
    if (host.dataset.state === state) return;
    ({ state } = host.dataset);
    if (state === "ready") soon();
    else if (state !== "loading") stop();
  });

  const others = new AbortController();
  const listen = (target, name, when) => target.addEventListener(name, (event) => {
    if (when(event)) stop();
  }, { signal: others.signal, passive: true });
  listen(document, "visibilitychange", () => true);
  listen(window, "hashchange", () => location.hash !== hash);
  // A range moves with "input" before it changes the view.
  listen(host, "input", () => true);
  listen(host, "click", ({ target }) => target.closest("[data-do],a"));
  listen(host, "pointerdown", ({ target }) => target.closest(".drawn"));
  listen(host, "keydown", ({ target }) => target.closest(".drawn"));

  stop = () => {
    stop = undefined;
    clearTimeout(timer);
    others.abort();
    looks.disconnect();
    drawn.disconnect();
    button.ariaLabel = was.name;
    shape.setAttribute("d", was.shape);
    delete host.dataset.plays;
    if (told) told.ariaLive = was.told;
    return button;
  };

  // Not every step is read out, and what waits all the time does not flicker (page.css).
  if (told) told.ariaLive = "off";
  host.dataset.plays = button.dataset.play;
  look();
  looks.observe(button, { attributes: true, subtree: true });
  drawn.observe(host, { attributeFilter: ["data-state"] });
  if (state !== "loading") soon();
};
