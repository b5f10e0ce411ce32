// Of the catalogue page, before its list is read. A link that asks something waits for its answer: the list of everything
// is not laid out, and the search begins at once. It takes the mark away; so does time, whatever becomes of the search.
(() => {
  const { dataset } = document.currentScript;
  if (![...new URLSearchParams(location.search).values()].some((value) => value.trim())) return;
  const page = document.documentElement;
  page.setAttribute("data-asks", "");
  setTimeout(() => page.removeAttribute("data-asks"), 4000);
  // Where it cannot be had, the script's own element says so.
  import(new URL(dataset.search, document.baseURI)).catch(() => {});
})();
