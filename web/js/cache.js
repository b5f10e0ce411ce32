// Blocks kept in the browser between visits: IndexedDB, keyed by multihash (hexadecimal), least recently used within a
// byte budget. Raw bytes only: the origin may be shared with strangers who can write into the same database, so whoever
// takes a block from here hashes it again.
//
// One database with two stores of the same keys: `blocks`, and `sizes` with `[bytes, used]`, so that opening reads no
// block. `used` counts changes of the database, not time: clocks may be wrong. The database is the book that all tabs
// share: each change reads it first and drops what is over the budget, whoever wrote it.
//
// `open` gives nothing where the browser has no database for us; what does not answer in time is given up, for this
// visit. Nothing here ever rejects.

// The name carries the version of the format.
const NAME = "pinfold-blocks-1";
const STORES = ["blocks", "sizes"];
// A day's browsing, and far below what browsers grant …
const BUDGET_BYTES = 250e6;
// … else so small a part of it: it is shared with all that this origin keeps.
const SHARE = 4;
// A full cache is emptied by one of so many parts, so that not every change has to drop something.
const SPARE = 16;
// Where the budget of a full disk is remembered. No multihash is called that.
const LOWERED = "budget";
// No disk is so full that not even this much is tried.
const LEAST_BYTES = 4e6;
// What a block is waited for, and the database at all: after that gateways are faster.
const READ_MS = 2000;
// What a change may take: some megabytes on a slow card.
const WRITE_MS = 20000;
// Blocks that were used are noted together.
const NOTE_MS = 1000;

const done = (request, event) => new Promise((resolve, reject) => {
  request[event] = () => resolve(request.result);
  request.onerror = request.onabort = request.onblocked = () => reject(request.error);
});

const LATE = new Error("late");

/** Rejects with `LATE` what takes longer. */
const within = (ms, work) => {
  let clock;
  const late = new Promise((_, reject) => { clock = setTimeout(reject, ms, LATE); });
  return Promise.race([work, late]).finally(() => clearTimeout(clock));
};

/** Keys to drop so that the others fit, least recently used first. `rows` are `[bytes, used]` by key. */
export const excess = (rows, budget) => {
  let held = total(rows);
  if (held <= budget) return [];
  const oldest = [...rows].sort(([, [, a]], [, [, b]]) => a - b);
  const gone = [];
  for (const [key, [bytes]] of oldest) {
    if (held <= budget - budget / SPARE) break;
    gone.push(key);
    held -= bytes;
  }
  return gone;
};

const total = (rows) => {
  let bytes = 0;
  for (const [size] of rows.values()) bytes += size;
  return bytes;
};

const newest = (rows) => {
  let most = 0;
  for (const [, used] of rows.values()) most = Math.max(most, used);
  return most;
};

/** The book, and the budget that was lowered. Rows that nobody here has written so are old and large. */
const read = async (sizes) => {
  const [keys, values] = await Promise.all([done(sizes.getAllKeys(), "onsuccess"), done(sizes.getAll(), "onsuccess")]);
  const rows = new Map();
  let lowered = Infinity;
  keys.forEach((key, at) => {
    const [bytes, used] = [].concat(values[at]);
    if (key === LOWERED) lowered = bytes >= 0 ? bytes : Infinity;
    else rows.set(key, [bytes >= 0 ? bytes : BUDGET_BYTES, used >= 0 && used < 2 ** 52 ? used : 0]);
  });
  return { rows, lowered };
};

class Cache {
  constructor(database, granted) {
    this.database = database;
    this.granted = granted;
    this.budget = granted;
    this.available = true;
    this.used = new Set();
    this.hold(new Map());
  }

  hold(rows) {
    this.rows = rows;
    this.bytes = total(rows);
    this.newest = newest(rows);
  }

  /** Blocks held, as far as this tab knows. */
  get blocks() {
    return this.rows.size;
  }

  /** Bytes of a block, 0 where it is not held. */
  size(key) {
    return this.available ? this.rows.get(key)?.[0] ?? 0 : 0;
  }

  /** A transaction over both stores: forget all or some, note that some were used, keep some. */
  async change({ all = false, gone = [], used = [], keys = [], bytes = [], lowered }) {
    const change = this.database.transaction(STORES, "readwrite");
    const ended = done(change, "oncomplete");
    ended.catch(() => {});
    try {
      const [blocks, sizes] = STORES.map((name) => change.objectStore(name));
      if (all) for (const store of [blocks, sizes]) store.clear();
      const book = await read(sizes);
      const { rows } = book;
      this.budget = Math.min(all ? this.granted : this.budget, book.lowered, lowered ?? Infinity);
      if (lowered !== undefined) sizes.put(lowered, LOWERED);
      const now = newest(rows) + 1;
      const note = (key, size) => rows.set(key, [size, now]);
      const noted = used.filter((key) => rows.has(key));
      for (const key of noted) note(key, rows.get(key)[0]);
      keys.forEach((key, at) => note(key, bytes[at].length));
      // First drop, then keep.
      for (const key of [...gone, ...excess(rows, this.budget)]) {
        rows.delete(key);
        for (const store of [blocks, sizes]) store.delete(key);
      }
      keys.forEach((key, at) => { if (rows.has(key)) blocks.put(bytes[at], key); });
      for (const key of [...noted, ...keys]) if (rows.has(key)) sizes.put(rows.get(key), key);
      await ended;
      this.hold(rows);
    } catch (error) {
      try { change.abort(); } catch {}
      throw error;
    }
  }

  /** A change that may fail. Whether it was made; a database that does not answer is given up. */
  async try(what) {
    if (!this.available) return false;
    try {
      await within(WRITE_MS, this.change(what));
      return true;
    } catch (error) {
      this.available = error !== LATE;
      return false;
    }
  }

  /** The bytes kept under a key, unverified. */
  async block(key) {
    if (!this.size(key)) return;
    try {
      const block = this.database.transaction("blocks").objectStore("blocks").get(key);
      const bytes = await within(READ_MS, done(block, "onsuccess"));
      if (bytes instanceof Uint8Array) {
        this.use(key);
        return bytes;
      }
    } catch (error) {
      this.available = error !== LATE;
    }
    // Another tab dropped it.
    this.drop(key);
  }

  use(key) {
    if (!(this.rows.get(key)?.[1] < this.newest)) return;
    this.used.add(key);
    this.noting ??= setTimeout(() => {
      const used = [...this.used];
      this.used.clear();
      this.noting = undefined;
      this.try({ used });
    }, NOTE_MS);
  }

  drop(key) {
    this.bytes -= this.size(key);
    this.rows.delete(key);
  }

  /** Keeps blocks. A full disk lowers the budget, for later visits too. */
  async keep(keys, bytes) {
    if (!this.available || await this.try({ keys, bytes }) || !this.available) return;
    // Who cannot even do that keeps nothing.
    this.available = await this.try({ lowered: Math.max(LEAST_BYTES, Math.floor(this.bytes / 2)) });
  }

  /** Forgets a block, because its bytes turned out to be wrong. */
  forget(key) {
    this.drop(key);
    this.try({ gone: [key] });
  }

  /** Forgets everything. */
  async clear() {
    await this.try({ all: true });
  }
}

const granted = async () => {
  const { quota } = await navigator.storage.estimate();
  return Math.min(BUDGET_BYTES, quota / SHARE);
};

const opened = async () => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  const [database, most] = await Promise.all([done(request, "onsuccess"), granted().catch(() => BUDGET_BYTES)]);
  const cache = new Cache(database, most);
  const { rows, lowered } = await read(database.transaction("sizes").objectStore("sizes"));
  cache.hold(rows);
  cache.budget = Math.min(most, lowered);
  // A disk may have become emptier: the visit after this one may keep twice as much.
  if (lowered < BUDGET_BYTES) cache.try({ lowered: lowered * 2 });
  else if (cache.bytes > cache.budget) cache.try({});
  return cache;
};

/** Opens the cache, in time or not at all. */
export const open = () => within(READ_MS, opened()).catch(() => {});
