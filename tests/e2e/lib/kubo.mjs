// Real Kubo with a repository of its own that talks to nobody; bitswap over ws on loopback.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubo as program } from './env.mjs'
import { freePort, run, start } from './process.mjs'

/** A fresh node: `ipfs(...args)` runs a command, `start()` the daemon, `stop()` ends and removes it. */
export async function kubo ({ deserialized = true, webrtc = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pinfold-kubo-'))
  const env = { ...process.env, IPFS_PATH: join(folder, 'repo'), IPFS_TELEMETRY: 'off' }
  const ipfs = async (...args) => (await run(program, args, { env })).stdout.trim()
  await ipfs('init', '--profile=test')
  const [gateway, api, swarm, udp] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const settings = {
    'Routing.Type': 'none',
    'AutoConf.Enabled': false,
    'AutoTLS.Enabled': false,
    Bootstrap: [],
    'DNS.Resolvers': {},
    'Routing.DelegatedRouters': [],
    'Ipns.DelegatedPublishers': [],
    'Plugins.Plugins.telemetry.Disabled': true,
    'Discovery.MDNS.Enabled': false,
    'Gateway.NoFetch': true,
    'Gateway.DeserializedResponses': deserialized,
    'Addresses.Gateway': `/ip4/127.0.0.1/tcp/${gateway}`,
    'Addresses.API': `/ip4/127.0.0.1/tcp/${api}`,
    'Addresses.Swarm': [
      `/ip4/127.0.0.1/tcp/${swarm}/ws`,
      ...(webrtc ? [`/ip4/127.0.0.1/udp/${udp}/webrtc-direct`] : [])
    ],
    'Swarm.Transports.Network.Websocket': true,
    'Swarm.Transports.Network.WebRTCDirect': webrtc
  }
  for (const [key, value] of Object.entries(settings)) await ipfs('config', '--json', key, JSON.stringify(value))
  let daemon
  return {
    ipfs,
    /** Its repository, for `IPFS_PATH`. */
    repo: env.IPFS_PATH,
    origin: `http://127.0.0.1:${gateway}`,
    /** Its RPC API. */
    api: `http://127.0.0.1:${api}`,
    /** Address for a peer in the page as `ipfs id` tells it: over `ws` or `webrtc-direct`. */
    async address (transport = 'ws') {
      const { Addresses } = JSON.parse(await ipfs('id'))
      const found = Addresses.find((address) => address.includes(`/${transport}/`))
      if (!found) throw new Error(`the node has no ${transport} address: ${Addresses}`)
      return found
    },
    async start () {
      daemon = await start(program, ['daemon'], `http://127.0.0.1:${gateway}/ipfs/bafkqaaa`, { env, startMs: 60000 })
    },
    async stop () {
      await daemon?.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
