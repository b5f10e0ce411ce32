// A device that gives a page little memory: what does not fit is said, and what fits is drawn after it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { flags, launch } from './lib/browser.mjs'
import { assertValues, explore } from './lib/explorer.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

// 96 MB for the program, as Chromium counts them: pages of 64 KiB.
const little = ['--js-flags=--wasm-max-mem-pages=1536']
const numbers = Array.from({ length: 100 }, (_, at) => at)
const kelvin = { units: 'K', standard_name: 'air_temperature' }

const chunk = deflateSync(doubles(Array.from({ length: 1_000_000 }, (_, at) => 270 + at % 10)))
/** Millions of values, a few kB as they are stored. */
const squeezed = (dimension, count) => ({
  shape: [count * 1_000_000], dims: [dimension], chunks: [1_000_000], attrs: kelvin, compressor: { id: 'zlib', level: 1 },
  data: Object.fromEntries(Array.from({ length: count }, (_, at) => [at, chunk]))
})

let browser, made, server
before(async () => {
  const variables = {
    plain: { shape: [100], dims: ['row'], attrs: kelvin, data: { 0: doubles(numbers.map((x) => 280 + x / 100)) } },
    // 56 MB as numbers, and its axis as much again; twice that by itself.
    large: squeezed('sample', 7),
    larger: squeezed('other', 14)
  }
  ;[browser, made] = await Promise.all([launch({ args: [...flags, ...little] }), catalogue({ Little: zarr('Little', variables) })])
  server = await serve({ site: made.site, sources: made.cars })
})
after(async () => { await browser?.close(); await server?.stop(); await made?.stop() })

test('a view that needs more memory than there is says so, and the next one is drawn', async () => {
  const one = await explore(browser, server.origin, made.cids.Little, '#explore?variable=large', { timeout: 60000 })
  assert.equal(one.state, 'failed')
  assert.match(await one.alert(), /^The explorer stopped\..*more memory/)
  assert.equal(await one.go('#explore?variable=plain'), 'ready')
  await assertValues(one.statistic, { valid_count: 100, min: 280, max: 280.99, sum: 28049.5 }, 'plain')
  assert.equal(await one.explorer.locator('.stack > [role=alert]').count(), 0)
  assert.equal(await one.go('#explore?variable=larger'), 'failed')
  assert.match(await one.alert(), /^larger would take 112 MB of memory at once.*Choose a part of it\./)
  assert.equal(await one.go('#explore?variable=large&sample=0:1000'), 'ready', await one.explorer.innerText())
  await assertValues(one.statistic, { valid_count: 1000, min: 270, max: 279, sum: 274_500 }, 'large')
  one.assertOrigins()
  await one.close()
})
