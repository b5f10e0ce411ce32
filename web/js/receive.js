// Receives what gateways answer, beside the explorer's worker: fetches it, cuts archives (CAR) into sections and hashes
// the blocks, on a thread of its own, while the explorer's worker decodes and draws what came before. What the digests
// are worth is decided there: it compares them with the CIDs.
//
// Who wants an answer sends `{ url, archive }` with a port: an archive, or else a block. On the port come
//   { status, text }        the answer's status, once;
//   { room, pieces }        bytes, and where the block or the sections lie in them: [from, to], and where their last
//                           bytes are a block that SHA2-256 may name, [from, to, hashed from, digest];
//   { end: true }           after the last piece;
//   { broken: true }        instead, where the connection failed or nothing of an archive came for `STALL_MS`.
// To the port go rooms that were read, to be filled again, and `null` from whom has enough.

// A block has at most 2 MiB: a room holds one and what came of the next.
const ROOM_BYTES = 4 << 20;
// One is read, one is on its way, one is filled.
const ROOMS = 3;
// What a read has to have room for.
const READ_BYTES = 64 << 10;
// An archive of which nothing comes for so long has broken off: what lacks is asked for block by block.
const STALL_MS = 2000;
// Below it hashing in WASM is faster than asking the browser to.
const HASH_BYTES = 16 << 10;

/** A varint: its value and where it ends; `undefined` where the bytes end first. */
const varint = (bytes, at, to) => {
  for (let value = 0, times = 1; at < to && times < 2 ** 63; times *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * times;
    if (byte < 128) return [value, at];
  }
};

/** Where the bytes begin that a section's CID names by their SHA2-256, if it does so. */
export const hashedFrom = (bytes, at, to) => {
  // A CID of version 0 is the bare multihash.
  if (bytes[at] === 0x12 && bytes[at + 1] === 32) return at + 34;
  const parts = [];
  while (parts.length < 4) {
    const read = varint(bytes, at, to);
    if (!read) return;
    parts.push(read[0]);
    at = read[1];
  }
  const [, , code, length] = parts;
  return code === 0x12 && length === 32 ? at + 32 : undefined;
};

/** The sections of an archive that are whole before `to`, where the first one begins that is not, and its length. */
export const sections = (bytes, to) => {
  const pieces = [];
  let from = 0;
  for (;;) {
    const head = varint(bytes, from, to);
    // A length of more than nine bytes is none.
    const end = head ? head[0] + head[1] : to - from < 9 ? from : Infinity;
    if (!head || end > to) return { pieces, rest: from, wanted: end - from };
    pieces.push([from, end, hashedFrom(bytes, head[1], end)]);
    from = end;
  }
};

/** A block is whole when the answer is. */
const block = (_, to) => ({ pieces: [], rest: 0, wanted: to });

/** Gives a function that reads behind `to` into a room and gives that room, where it is filled to, and whether all came. */
const reading = (body, stallMs) => {
  let reader, direct = true;
  try { reader = body.getReader({ mode: "byob" }); } catch { direct = false; reader = body.getReader(); }
  // One clock watches over all reads: a timer for each costs more than reading.
  let since, late;
  const clock = setInterval(() => {
    if (late && performance.now() - since > stallMs) late(new Error("stalled"));
  }, STALL_MS / 4);
  const step = (view) => {
    since = performance.now();
    return new Promise((resolve, reject) => {
      late = reject;
      reader.read(view).then(resolve, reject);
    }).finally(() => { late = undefined; });
  };
  // What did not fit, of who gives bytes where it likes.
  let over = new Uint8Array();
  const read = async (room, to) => {
    if (direct) {
      const { done, value } = await step(room.subarray(to));
      return { room: new Uint8Array(value.buffer), to: to + value.length, done };
    }
    let done = false;
    if (!over.length) {
      const next = await step();
      done = next.done;
      over = next.value ?? over;
    }
    const part = over.subarray(0, room.length - to);
    room.set(part, to);
    over = over.subarray(part.length);
    return { room, to: to + part.length, done };
  };
  return { read, ended: () => clearInterval(clock) };
};

/** Hashes what of these pieces may be a block, where the browser can. */
const hash = (room, pieces) => Promise.all(pieces.map(async (piece) => {
  const [, to, from] = piece;
  if (!(to - from >= HASH_BYTES && globalThis.crypto?.subtle)) return void (piece.length = 2);
  piece.push(new Uint8Array(await crypto.subtle.digest("SHA-256", room.subarray(from, to))));
}));

const receive = async ({ url, archive }, port) => {
  const stop = new AbortController();
  const rooms = [];
  let made = 0, freed;
  port.onmessage = ({ data }) => {
    if (data) rooms.push(data);
    else stop.abort();
    freed?.();
  };
  const empty = async () => {
    while (!rooms.length && made === ROOMS && !stop.signal.aborted) await new Promise((resolve) => { freed = resolve; });
    stop.signal.throwIfAborted();
    return new Uint8Array(rooms.pop() ?? (made++, ROOM_BYTES));
  };
  const answer = await fetch(url, {
    headers: { Accept: `application/vnd.ipld.${archive ? "car" : "raw"}` },
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: stop.signal
  });
  port.postMessage({ status: answer.status, text: answer.statusText });
  if (answer.status !== 200) return stop.abort();
  if (!answer.body) return port.postMessage({ end: true });

  const { read, ended } = reading(answer.body, archive ? STALL_MS : Infinity);
  const cut = archive ? sections : block;
  try {
    let room = await empty(), to = 0, done = false, begun = !archive;
    while (!done) {
      ({ room, to, done } = await read(room, to));
      const { pieces, rest, wanted } = cut(room, to);
      // What can be no section, or is not whole at the end, is passed on as it is: who reads it says what is wrong.
      const all = done || wanted > ROOM_BYTES - READ_BYTES;
      if (all && rest < to) pieces.push(archive ? [rest, to] : [rest, to, rest]);
      if (!pieces.length) continue;
      // An archive's header is no block.
      if (!begun) pieces[0].length = 2;
      begun = true;
      await hash(room, pieces);
      const next = done ? undefined : await empty(), kept = all ? to : rest;
      next?.set(room.subarray(kept, to));
      port.postMessage({ room: room.buffer, pieces }, [room.buffer]);
      room = next;
      to -= kept;
    }
    port.postMessage({ end: true });
  } finally {
    ended();
    // Who stops early leaves nothing under way.
    stop.abort();
  }
};

/** Answers such a question, on the port that came with it. */
export const serve = (question, port) => {
  receive(question, port).catch(() => port.postMessage({ broken: true }));
};

if (typeof DedicatedWorkerGlobalScope !== "undefined" && self.name === "receiver") {
  self.onmessage = ({ data, ports: [port] }) => serve(data, port);
  self.postMessage("ready");
}
