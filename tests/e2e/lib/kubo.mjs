// Real Kubo with a repository of its own that talks to nobody; bitswap over ws on loopback.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubo as program } from './env.mjs'
import { freePort, run, start } from './process.mjs'

/** A fresh node: `ipfs(...args)` runs a command, `start()` the daemon, `stop()` ends and removes it. */
export async function kubo ({ deserialized = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pinfold-kubo-'))
  const env = { ...process.env, IPFS_PATH: join(folder, 'repo'), IPFS_TELEMETRY: 'off' }
  const ipfs = async (...args) => (await run(program, args, { env })).stdout.trim()
  await ipfs('init', '--profile=test')
  const [gateway, api, swarm] = [await freePort(), await freePort(), await freePort()]
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
    'Addresses.Swarm': [`/ip4/127.0.0.1/tcp/${swarm}/ws`],
    'Swarm.Transports.Network.Websocket': true
  }
  for (const [key, value] of Object.entries(settings)) await ipfs('config', '--json', key, JSON.stringify(value))
  let daemon
  return {
    ipfs,
    origin: `http://127.0.0.1:${gateway}`,
    /** Its RPC API. */
    api: `http://127.0.0.1:${api}`,
    /** Address for a peer in the page, with the node's id. */
    async address () { return `/ip4/127.0.0.1/tcp/${swarm}/ws/p2p/${await ipfs('id', '-f', '<id>')}` },
    async start () {
      daemon = await start(program, ['daemon'], `http://127.0.0.1:${gateway}/ipfs/bafkqaaa`, { env, startMs: 60000 })
    },
    async stop () {
      await daemon?.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
