// Of the catalogue page: nothing is painted before it ran, and nothing else waits for it. A link that asks something waits
// for its answer: the list of everything is not laid out, the words stand in the box, and the search begins at once. It
// takes the mark away; so does time, whatever becomes of the search.
(() => {
  const { asks, search, ahead = "" } = document.currentScript.dataset;
  const asked = new URLSearchParams(location.search);
  if (!asks.split(" ").some((name) => asked.get(name)?.trim())) return;
  const page = document.documentElement;
  page.setAttribute("data-asks", "");
  setTimeout(() => page.removeAttribute("data-asks"), 4000);
  const fill = () => {
    const box = document.getElementById("q");
    // As the box itself would have it: without line ends.
    if (box) box.defaultValue = (asked.get("q") ?? "").replace(/[\r\n]/g, "");
    return box;
  };
  if (!fill()) document.addEventListener("readystatechange", fill, { once: true });
  // Where it cannot be had, the script's own element says so.
  import(new URL(search, document.baseURI)).catch(() => {});
  // Of a large catalogue's index, what the words need is fetched beside the program; a guess that is wrong costs a file.
  // The words of a file begin at its first one, see `search_index::ahead`.
  const typed = (asked.get("q") ?? "").toLowerCase().split(/\s+/).slice(0, 4);
  const words = typed.filter((word) => /^[\p{L}\p{N}]+$/u.test(word));
  const folder = document.querySelector("link[as=fetch][href$='.pfs']")?.href;
  const files = ahead.split(";").flatMap((list) => {
    const starts = list.split(" ").map((pair) => pair.split("="));
    return words.map((word) => starts.filter(([first]) => first <= word).pop()?.[1]);
  });
  for (const file of new Set(files)) {
    if (!file || !folder) continue;
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: new URL(`${file}.pfs`, folder) });
    document.head.append(link);
  }
})();
