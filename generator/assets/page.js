// Extras of every page; each works without it. Copy buttons, "/" for the search box, old links.
(() => {
  const root = document.documentElement.dataset.root || "";

  // Links of the old data browser: #/ds/ipfs://<cid>[/path], CIDv0 or v1.
  const base32 = (bytes) => {
    let out = "", value = 0, bits = 0;
    for (const byte of bytes) {
      value = (value << 8) | byte;
      for (bits += 8; bits >= 5; bits -= 5) out += "abcdefghijklmnopqrstuvwxyz234567"[(value >>> (bits - 5)) & 31];
      value &= 255;
    }
    return bits ? out + "abcdefghijklmnopqrstuvwxyz234567"[(value << (5 - bits)) & 31] : out;
  };
  const version1 = (cid) => {
    if (!/^Qm[1-9A-HJ-NP-Za-km-z]{44}$/.test(cid)) return cid;
    let n = 0n;
    for (const c of cid) n = n * 58n + BigInt("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".indexOf(c));
    const hex = n.toString(16).padStart(68, "0");
    return "b" + base32([1, 0x70, ...hex.match(/../g).map((byte) => parseInt(byte, 16))]);
  };
  const old = /^#\/ds\/ipfs:\/\/([A-Za-z0-9]{20,120})(\/|$)/.exec(location.hash);
  if (old) location.replace(root + "ds/" + version1(old[1]) + "/");

  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn slim copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + (box.dataset.copy || ""));
    button.onclick = async () => {
      const source = box.querySelector(".all, code");
      let done = true;
      try { await navigator.clipboard.writeText(source.textContent.trim()); } catch {
        // Pages over plain http have no clipboard: what is selected is copied, or left selected for the keyboard.
        getSelection()?.selectAllChildren(source);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    };
    (box.querySelector(".row") ?? box).prepend(button);
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input,textarea,select,[contenteditable]")) return;
    const box = document.querySelector("input[type=search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });
})();
