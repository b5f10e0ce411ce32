// zarrita over @helia/verified-fetch, HTTP only: no libp2p node is started, which is the faster of its two ways.
import { createVerifiedFetchWithHelia } from '@helia/verified-fetch'
import { withHTTP } from '@helia/http'
import { createHeliaLight } from 'helia'
import * as zarr from 'zarrita'

/** A reader of the dataset `cid` behind `gateway`; `stop()` ends it. */
globalThis.openZarrita = async (gateway, cid) => {
  const node = withHTTP(createHeliaLight(), {
    delegatedRouters: [], recursiveGateways: [gateway], allowInsecure: true, allowLocal: true
  })
  // Without any router but the fallback to gateways, Helia's search for providers never ends (helia 7.0.5, routing.js:
  // the queue of no routers is never idle): this one knows nobody, at once.
  node.addRouter(() => ({ name: 'nobody', async * findProviders () {} }))
  const helia = await node.start()
  const verifiedFetch = await createVerifiedFetchWithHelia(helia)
  const store = {
    async get (key) {
      const response = await verifiedFetch(`ipfs://${cid}${key}`)
      if (response.status === 404) return undefined
      if (!response.ok) throw new Error(`${key}: ${response.status} ${await response.text()}`)
      return new Uint8Array(await response.arrayBuffer())
    }
  }
  return {
    async read (name) {
      const array = await zarr.open.v2(zarr.root(store).resolve(name), { kind: 'array' })
      return (await zarr.get(array)).data
    },
    /** The bytes of files, as zarrita asks for them: all at once. */
    async stream (paths) {
      const parts = await Promise.all(paths.map((path) => store.get(`/${path}`)))
      return parts.reduce((sum, part) => sum + part.length, 0)
    },
    stop: () => verifiedFetch.stop()
  }
}
