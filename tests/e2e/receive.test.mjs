// What receives archives and blocks (web/js/receive.js), here in Node: it cuts where sections end, hashes what CIDs name,
// and says how an answer ended.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { hashedFrom, sections, serve } from '../../web/js/receive.js'

const varint = (value) => {
  const out = []
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128)
  return Buffer.from([...out, value])
}
const sha256 = (bytes) => createHash('sha256').update(bytes).digest()
const cid = (bytes, code = 0x12) => Buffer.concat([Buffer.from([1, 0x55, code, 32]), sha256(bytes)])
const section = (...parts) => Buffer.concat([varint(parts.reduce((all, part) => all + part.length, 0)), ...parts])
const header = section(Buffer.from('a2656865616465720a', 'hex'))

/** Asks as the explorer's worker does; what came, and how it ended. Rooms go back as there. */
async function ask (url, archive, { stopAfter = Infinity } = {}) {
  const { port1: port, port2 } = new MessageChannel()
  const seen = { pieces: [], rooms: new Set() }
  const ended = new Promise((resolve) => {
    port.onmessage = ({ data }) => {
      if (data.status) seen.status = data.status
      if (data.end || data.broken) return resolve(data.end ? 'end' : 'broken')
      if (data.status && data.status !== 200) return resolve('refused')
      if (!data.room) return
      for (const [from, to, hashed, digest] of data.pieces) {
        seen.pieces.push({ bytes: Buffer.from(data.room.slice(from, to)), hashed: digest && to - hashed, digest: digest && Buffer.from(digest) })
      }
      seen.rooms.add(data.room.byteLength)
      if (seen.pieces.length >= stopAfter) {
        port.postMessage(null)
        return resolve('stopped')
      }
      port.postMessage(data.room, [data.room])
    }
  })
  serve({ url, archive }, port2)
  seen.how = await ended
  port.close()
  return seen
}

/** A server that writes these pieces, with a pause between them, and then ends, breaks off or waits. */
async function answering (pieces, { status = 200, then = 'end', pause = 1 } = {}, look) {
  let gone
  const closed = new Promise((resolve) => { gone = resolve })
  const server = createServer(async (request, response) => {
    response.setMaxListeners(0)
    response.on('close', gone)
    response.writeHead(status)
    for (const piece of pieces) {
      if (!response.write(piece)) await new Promise((resolve) => { response.once('drain', resolve); response.once('close', resolve) })
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
    if (then === 'end') response.end()
    if (then === 'break') response.destroy()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await look(`http://127.0.0.1:${server.address().port}/`, closed)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const cutAt = (bytes, sizes) => {
  const out = []
  for (let at = 0, n = 0; at < bytes.length; n++) out.push(bytes.subarray(at, at += sizes[n % sizes.length]))
  return out
}

test('sections end where their lengths say, and CIDs say what is hashed', () => {
  const [a, b] = [Buffer.from('one'), randomBytes(300)]
  const old = Buffer.concat([Buffer.from([0x12, 32]), sha256(a)])
  const bytes = Buffer.concat([section(old, a), section(cid(b), b), section(cid(a, 0x1e), a)])
  const whole = sections(bytes, bytes.length)
  assert.deepEqual(whole.pieces.map(([from, to, hashed]) => hashed && bytes.subarray(hashed, to)), [a, b, undefined])
  assert.deepEqual([whole.rest, whole.pieces[0][1]], [bytes.length, 38])
  // Whatever is there of it, the same pieces and no more.
  for (let to = 0; to < bytes.length; to++) {
    const { pieces, rest } = sections(bytes, to)
    assert.ok(rest <= to && pieces.every((piece, n) => piece[1] <= to && piece[1] === whole.pieces[n][1]))
  }
  assert.equal(hashedFrom(Buffer.alloc(40, 255), 0, 40), undefined)
  // A length without an end is no section; one whose end is not there yet may be.
  assert.equal(sections(Buffer.alloc(20, 255), 20).wanted, Infinity)
  assert.equal(sections(Buffer.alloc(5, 255), 5).wanted, 0)
})

test('an archive comes in sections with digests, however it is cut on the way', async () => {
  const blocks = [100, 20_000, 1 << 20, 0, 2 << 20, 16384, 5].map((size) => randomBytes(size))
  const bytes = Buffer.concat([header, ...blocks.map((block) => section(cid(block), block))])
  for (const sizes of [[bytes.length], [65536], [1, 7, 100_000, 3], [700_001]]) {
    const seen = await answering(cutAt(bytes, sizes), { pause: 0 }, (url) => ask(url, true))
    assert.equal(seen.how, 'end')
    assert.deepEqual(seen.pieces.map(({ bytes }) => bytes.length), [header, ...blocks.map((block) => section(cid(block), block))].map((one) => one.length))
    assert.deepEqual(Buffer.concat(seen.pieces.map(({ bytes }) => bytes)), bytes)
    seen.pieces.slice(1).forEach(({ hashed, digest }, at) => {
      const large = blocks[at].length >= 16384
      assert.deepEqual([hashed, digest], large ? [blocks[at].length, sha256(blocks[at])] : [undefined, undefined])
    })
    assert.deepEqual([...seen.rooms], [4 << 20])
  }
})

test('a block comes whole, with its digest', async () => {
  for (const size of [0, 10, 100_000, 2 << 20]) {
    const block = randomBytes(size)
    const seen = await answering(cutAt(block, [30_000]), { pause: 0 }, (url) => ask(url, false))
    assert.equal(seen.how, 'end')
    assert.deepEqual(Buffer.concat(seen.pieces.map(({ bytes }) => bytes)), block)
    assert.deepEqual(seen.pieces[0]?.digest, size > 16384 ? sha256(block) : undefined)
  }
})

test('what is no archive, or too large, is passed on as it is', async () => {
  const bytes = Buffer.concat([header, varint(2 ** 40), randomBytes(9 << 20)])
  const seen = await answering(cutAt(bytes, [1 << 20]), { pause: 0 }, (url) => ask(url, true))
  assert.equal(seen.how, 'end')
  assert.deepEqual(Buffer.concat(seen.pieces.map((piece) => piece.bytes)), bytes)
  const large = await answering(cutAt(randomBytes(9 << 20), [1 << 20]), { pause: 0 }, (url) => ask(url, false))
  assert.ok(large.pieces[0].bytes.length > 2 << 20)
})

test('how an answer ended is told: refused, broken off, stalled, unreachable, stopped', async () => {
  const block = randomBytes(50_000)
  const bytes = Buffer.concat([header, section(cid(block), block), section(cid(block), block).subarray(0, 1000)])
  const refused = await answering([Buffer.from('no')], { status: 404 }, (url) => ask(url, true))
  assert.deepEqual([refused.how, refused.status], ['refused', 404])
  const broken = await answering([bytes], { then: 'break', pause: 100 }, (url) => ask(url, true))
  assert.deepEqual([broken.how, broken.status, broken.pieces.length], ['broken', 200, 2], 'what was whole has come')
  const begun = Date.now()
  const stalled = await answering([bytes], { then: 'wait' }, (url) => ask(url, true))
  assert.deepEqual([stalled.how, stalled.pieces.length], ['broken', 2])
  assert.ok(Date.now() - begun > 1900 && Date.now() - begun < 6000, `${Date.now() - begun} ms`)
  const nobody = await ask('http://127.0.0.1:9/', true)
  assert.deepEqual([nobody.how, nobody.status], ['broken', undefined])
  // A truncated archive is passed on to its last byte.
  const cutOff = await answering([bytes], {}, (url) => ask(url, true))
  assert.deepEqual([cutOff.how, cutOff.pieces.at(-1).bytes.length], ['end', 1000])
  // Whoever has enough ends the request.
  const many = Array.from({ length: 400 }, () => section(cid(block), block))
  await answering([header, ...many], {}, async (url, closed) => {
    const stopped = await ask(url, true, { stopAfter: 3 })
    assert.equal(stopped.how, 'stopped')
    await closed
  })
})
