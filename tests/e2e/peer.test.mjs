// The peer's script alone, in Node, against a libp2p peer that misbehaves where Kubo cannot be made to.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from './lib/env.mjs'

const helia = join(root, 'web/helia/src/peer.js')
const resolve = createRequire(helia).resolve
const load = (name) => import(pathToFileURL(resolve(name)))

let other, peer, CID, wants, answers
before(async () => {
  globalThis.isSecureContext = true
  // What every browser has and Node 20 lacks.
  globalThis.WebSocket ??= (await load('ws')).default
  Promise.withResolvers ??= () => {
    const deferred = {}
    deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }))
    return deferred
  }
  const [{ createLibp2p }, { webSockets }, { noise }, { yamux }, { identify }, multiformats] = await Promise.all([
    'libp2p', '@libp2p/websockets', '@libp2p/noise', '@libp2p/yamux', '@libp2p/identify', 'multiformats/cid'
  ].map(load))
  CID = multiformats.CID
  other = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    connectionGater: { denyDialMultiaddr: async () => false }
  })
  wants = []
  // A message comes on a stream of its own; so does the answer.
  await other.handle('/ipfs/bitswap/1.2.0', async (stream, connection) => {
    const parts = []
    for await (const part of stream) parts.push(part.subarray())
    const message = Buffer.concat(parts)
    wants.push(message)
    const answer = answers(message, wants.length)
    if (answer == null) return
    const back = await connection.newStream('/ipfs/bitswap/1.2.0')
    back.send(Buffer.concat([varint(answer.length), answer]))
    await back.close()
  })
  peer = await import(pathToFileURL(helia))
  const { peers: [{ state, reason }] } = await peer.start([other.getMultiaddrs()[0].toString()])
  assert.equal(state, 'connected', reason)
})
after(async () => { await peer?.stop(); await other?.stop() })

function varint (number) {
  const bytes = []
  for (; number > 127; number >>= 7) bytes.push((number & 127) | 128)
  return Buffer.from([...bytes, number])
}

const field = (number, bytes) => Buffer.concat([varint(number << 3 | 2), varint(bytes.length), bytes])

/** A bitswap message that carries `data` as a raw block: field 3 is `payload`, in it 1 the prefix of the CID and 2 the data. */
const blockMessage = (data) => field(3, Buffer.concat([field(1, Buffer.from([1, 0x55, 0x12, 32])), field(2, data)]))

function rawBlock (text) {
  const data = Buffer.from(text)
  return { data, cid: CID.decode(Buffer.concat([Buffer.from([1, 0x55, 0x12, 32]), createHash('sha256').update(data).digest()])).toString() }
}

test('an answer that was lost is asked for again', { timeout: 15000 }, async () => {
  const { data, cid } = rawBlock('lost once, then found')
  wants.length = 0
  answers = (_, asked) => asked === 1 ? null : blockMessage(data)
  const began = performance.now()
  assert.deepEqual(Buffer.from(await peer.get(cid)), data)
  assert.ok(wants.length >= 2 && performance.now() - began < 5000, `asked ${wants.length} times`)
})

test('a block that comes at once is asked for once', { timeout: 15000 }, async () => {
  const { data, cid } = rawBlock('here it is')
  wants.length = 0
  answers = () => blockMessage(data)
  assert.deepEqual(Buffer.from(await peer.get(cid)), data)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  assert.equal(wants.length, 1)
})

test('what the caller takes back ends at once', { timeout: 15000 }, async () => {
  wants.length = 0
  answers = () => null
  const took = new AbortController()
  setTimeout(() => took.abort(), 200)
  const began = performance.now()
  await assert.rejects(peer.get(rawBlock('nobody answers').cid, took.signal))
  assert.ok(performance.now() - began < 2000)
})
