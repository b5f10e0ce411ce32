// The IPFS peer that runs in the page: `open` and `stop` are what the explorer calls.
//
// libp2p with websockets, WebRTC-direct (loaded when an address needs it), noise, yamux, identify and
// Helia's bitswap. No bootstrap list, no DHT, no STUN, no relay, no DNS-over-HTTPS: it dials the addresses
// that it was given and nobody else. Blocks that it returns are verified by the caller.

import { noise } from '@libp2p/noise'
import { yamux } from '@libp2p/yamux'
import { withBitswap } from '@helia/bitswap'
import { identify } from '@libp2p/identify'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'

/** Wants in flight: a JS peer serves more than these no faster. */
const AT_ONCE = 16
/** A block that no peer has is not asked for again within this time: asking at once hangs with a JS peer. */
const MISSING_MS = 30_000
const DIAL_MS = 15_000
const GET_MS = 20_000
/** A block is asked for again when no block at all has come for so long, or not this one for three times as long. */
const QUIET_MS = 2_000

let node
let bitswap
const missing = new Map()
const peers = new Map() // address -> { address, state, reason, id }
let running = 0
const waiting = []
let lastCame = 0

/** Why a browser cannot dial this address, or '' when it can. The hint names the setting that mends it. */
export function undialable (address, secure = globalThis.isSecureContext, page = globalThis.location?.protocol) {
  let names
  try {
    names = multiaddr(address).getComponents().map((part) => part.name)
  } catch (error) {
    return `not a multiaddress: ${error.message}`
  }
  if (!secure) return 'this page is not a secure context (plain http): browsers give it no cryptography for a peer'
  if (names.includes('dnsaddr')) return '/dnsaddr would be looked up at a third party; give the address behind it'
  if (!names.includes('p2p')) return 'the peer ID is missing: add /p2p/… at the end'
  if (names.includes('webrtc-direct')) {
    return names.includes('certhash') ? '' : 'the certificate hash is missing: take the full address from `ipfs id`'
  }
  const ws = names.includes('ws') || names.includes('wss')
  if (!ws) {
    return `browsers cannot dial ${names.filter((name) => name !== 'p2p').join('/')}; ` +
      'in Kubo add "/ip4/0.0.0.0/udp/4001/webrtc-direct" to Addresses.Swarm, or set AutoTLS.Enabled true for secure websockets'
  }
  const encrypted = names.includes('wss') || names.includes('tls')
  const local = /^\/(ip4\/127\.|ip6\/::1\/|dns[46]?\/localhost\/)/.test(address)
  if (page === 'https:' && !encrypted && !local) {
    return 'an https page may open plain /ws to 127.0.0.1 only; in Kubo set AutoTLS.Enabled true, or use /webrtc-direct'
  }
  return ''
}

/**
 * Starts the peer with `addresses` and those that `router`, where there is one, names for `cid`: a port that answers the
 * explorer's worker, and a line for each address.
 */
export async function open (addresses, router, cid) {
  const found = router ? await providers(router, cid) : []
  const { peers } = await start([...addresses, ...found])
  const { port1, port2 } = new MessageChannel()
  serve(port1)
  const lines = peers.map(({ address, state, reason }) => `${address}: ${state}${reason && `, ${reason}`}`)
  return { port: port2, lines }
}

/** Starts the peer and dials `addresses`; resolves when each was reached or failed. */
export async function start (addresses) {
  if (node != null) throw new Error('the peer is running already')
  const usable = []
  for (const address of addresses) {
    const reason = undialable(address)
    peers.set(address, { address, state: reason === '' ? 'dialing' : 'unusable', reason, id: '' })
    if (reason === '') usable.push(address)
  }
  const transports = [webSockets()]
  if (usable.some((address) => address.includes('/webrtc-direct'))) {
    const { webRTCDirect } = await import('@libp2p/webrtc')
    // An empty list: no STUN server of anybody is asked.
    transports.push(webRTCDirect({ rtcConfiguration: { iceServers: [] } }))
  }
  node = await createLibp2p({
    addresses: { listen: [] },
    transports,
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    peerDiscovery: [],
    connectionMonitor: { enabled: true },
    // The default of browsers refuses /ws and private addresses; what may be dialled was decided above.
    connectionGater: { denyDialMultiaddr: async () => false }
  })
  const routing = {
    async * findProviders () {},
    async * findPeers () {},
    async * getClosestPeers () {},
    async provide () {},
    async put () {},
    async get () { throw new Error('this peer asks no router') },
    async findPeer () { throw new Error('this peer asks no router') }
  }
  const helia = {
    status: 'starting',
    libp2p: node,
    routing,
    logger: node.logger,
    blockstore: new MemoryBlockstore(),
    getHasher: (code) => { throw new Error(`hash function 0x${code.toString(16)} is not supported`) },
    hasBlockBroker: () => false,
    addMixin (mixin) { this.mixin = mixin },
    addBlockBroker (broker) { bitswap = broker }
  }
  if (node.logger == null) {
    const log = Object.assign(() => {}, { error () {}, trace () {}, newScope: () => log, enabled: false })
    helia.logger = { forComponent: () => log }
  }
  withBitswap(helia)
  await helia.mixin.start(helia)
  await Promise.all(usable.map(dial))
  return status()
}

/**
 * Whom a delegated router (`/routing/v1`) names as having `cid`, as addresses with their peer ID. Asked only when the
 * visitor agreed; at most 20 addresses, those that a browser can dial first.
 */
export async function providers (router, cid) {
  const url = `${router.replace(/\/+$/, '')}/routing/v1/providers/${cid}`
  let answer
  try {
    answer = await fetch(url, {
      headers: { accept: 'application/json' },
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(DIAL_MS)
    })
  } catch (error) {
    throw new Error(`${router} did not answer: ${error.message}`)
  }
  if (answer.status === 404) return []
  if (!answer.ok) throw new Error(`${router} answered ${answer.status}`)
  const { Providers } = await answer.json()
  const found = (Array.isArray(Providers) ? Providers : []).flatMap(({ ID, Addrs }) =>
    (Array.isArray(Addrs) ? Addrs : []).map((address) => address.includes('/p2p/') ? address : `${address}/p2p/${ID}`))
  return [...new Set(found)].sort((a, b) => (undialable(a) !== '') - (undialable(b) !== '')).slice(0, 20)
}

async function dial (address) {
  const peer = peers.get(address)
  try {
    const signal = AbortSignal.timeout(DIAL_MS)
    const identified = new Promise((resolve) => {
      node.addEventListener('peer:identify', (event) => {
        if (address.includes(event.detail.peerId.toString())) resolve()
      })
      signal.addEventListener('abort', resolve)
    })
    const connection = await node.dial(multiaddr(address), { signal })
    peer.id = connection.remotePeer.toString()
    peer.cid = connection.remotePeer.toCID()
    // Bitswap knows of a peer only once it was identified.
    await identified
    peer.state = 'connected'
    peer.reason = ''
  } catch (error) {
    peer.state = 'failed'
    peer.reason = error.message
  }
}

/** One block by CID. Rejects when no peer has it, when `signal` aborts, or after 20 s. */
export async function get (cid, signal) {
  if (node == null) throw new Error('the peer is off')
  const asked = missing.get(cid)
  if (asked != null && performance.now() - asked < MISSING_MS) throw new Error('no peer has this block')
  const connected = new Set(node.getPeers().map((peer) => peer.toString()))
  const providers = [...peers.values()].filter((peer) => connected.has(peer.id)).map((peer) => peer.cid)
  if (providers.length === 0) throw new Error('no peer is connected')
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve))
  running++
  try {
    const deadline = AbortSignal.timeout(GET_MS)
    const both = signal == null ? deadline : AbortSignal.any([signal, deadline])
    both.throwIfAborted()
    return await askUntilAnswered(CID.parse(cid), providers, both)
  } catch (error) {
    if (signal?.aborted !== true) missing.set(cid, performance.now())
    throw error
  } finally {
    running--
    waiting.shift()?.()
  }
}

/**
 * Asks, and asks again while nothing comes. Bitswap listens for the answer only when its question has been sent and the
 * stream closed; over WebRTC closing takes a round trip, and an answer that is quicker is dropped.
 */
async function askUntilAnswered (cid, providers, signal) {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  let quiet
  try {
    const bytes = await new Promise((resolve, reject) => {
      let asked = 0
      // A session per question: a plain broadcast never says "not found".
      const ask = () => {
        asked = performance.now()
        bitswap.createSession({ providers, minProviders: providers.length, maxProviders: providers.length })
          .retrieve(cid, { signal: either })
          .then(resolve, reject)
      }
      ask()
      quiet = setInterval(() => {
        const now = performance.now()
        if (now - Math.max(asked, lastCame) >= QUIET_MS || now - asked >= 3 * QUIET_MS) ask()
      }, QUIET_MS / 4)
    })
    lastCame = performance.now()
    return bytes
  } finally {
    clearInterval(quiet)
    over.abort()
  }
}

/** Every address with its state: `dialing`, `connected`, `failed`, `unusable`, and the reason. */
export function status () {
  const connected = new Set(node?.getPeers().map((peer) => peer.toString()) ?? [])
  return {
    running: node != null,
    peers: [...peers.values()].map(({ address, state, reason, id }) => ({
      address,
      id,
      state: state === 'connected' && !connected.has(id) ? 'lost' : state,
      reason
    }))
  }
}

/** Off means gone: connections closed, nothing kept. */
export async function stop () {
  const old = node
  node = undefined
  peers.clear()
  missing.clear()
  await bitswap?.stop()
  bitswap = undefined
  await old?.stop()
}

/**
 * Answers the explorer's worker on `port`: `{id, cid}` asks, `{id, cancel: true}` takes it back, and the
 * answer is `{id, bytes}` or `{id, error}`.
 */
export function serve (port) {
  const controllers = new Map()
  port.onmessage = async ({ data }) => {
    if (data.cancel === true) {
      controllers.get(data.id)?.abort()
      return
    }
    const controller = new AbortController()
    controllers.set(data.id, controller)
    try {
      const bytes = await get(data.cid, controller.signal)
      // Bitswap's array may be a view into a larger buffer, which cannot be given away.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
      port.postMessage({ id: data.id, bytes: own }, [own.buffer])
    } catch (error) {
      port.postMessage({ id: data.id, error: error.message })
    } finally {
      controllers.delete(data.id)
    }
  }
}
