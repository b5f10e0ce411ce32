// The bad gateways do what the other tests rely on.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { badGateway } from './lib/gateways.mjs'

const body = Buffer.from('forty bytes of a block, more or less here')
let upstream, origin
before(async () => {
  upstream = createServer((_, response) => response.end(body))
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${upstream.address().port}`
})
after(() => { upstream.closeAllConnections(); upstream.close() })

test('each spoils in its own way', async () => {
  const get = async (how, options) => {
    const gateway = await badGateway(origin, how)
    try {
      const response = await fetch(`${gateway.origin}/ipfs/x`, options)
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), asked: gateway.requests.length }
    } finally {
      await gateway.stop()
    }
  }
  assert.deepEqual((await get('plain')).bytes, body)
  assert.notDeepEqual((await get('lie')).bytes, body)
  assert.equal((await get('lie')).bytes.length, body.length)
  assert.equal((await get('404')).status, 404)
  await assert.rejects(get('cut'), 'a cut body must not look whole')
  await assert.rejects(get('hang', { signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' })
  const started = Date.now()
  assert.deepEqual((await get('slow')).bytes, body)
  assert.ok(Date.now() - started >= 190)
})
