// What not every visit needs comes when it is needed: which parts a view loads, and what happens where one does not come.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { launch, open } from './lib/browser.mjs'
import { demoSite } from './lib/env.mjs'
import { assertValues, reading, settled } from './lib/explorer.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

const numbers = Array.from({ length: 100 }, (_, at) => at)
const bytes = doubles(numbers.map((x) => 280 + x / 100))
const goodValues = { valid_count: 100, min: 280, max: 280.99, sum: 28049.5 }
const word = (...values) => Buffer.from(Uint32Array.from(values).buffer)

/** LZ4 without a match: one sequence of literals. */
const lz4 = (data) => Buffer.concat([Buffer.from([0xf0, ...Array(Math.floor((data.length - 15) / 255)).fill(255), (data.length - 15) % 255]), data])
/** A frame of Zstandard with one block, not compressed. */
const zstd = (data) => Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, (data.length - 256) & 255, (data.length - 256) >> 8]),
  word((data.length << 3) | 1).subarray(0, 3), data
])
/** A blosc buffer of one block with one stream. */
const blosc = (compressor, stream) => Buffer.concat([
  Buffer.from([2, 1, (compressor << 5) | 0x10, 8]), word(bytes.length, bytes.length, 24 + stream.length), word(20, stream.length), stream
])

/** Compressor, chunk, and the parts that a line of it needs. */
const cases = {
  plain: [null, bytes, []],
  lz4: [{ id: 'lz4', acceleration: 1 }, Buffer.concat([word(bytes.length), lz4(bytes)]), []],
  blosc_lz4: [{ id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 0, blocksize: 0 }, blosc(1, lz4(bytes)), []],
  blosc_zstd: [{ id: 'blosc', cname: 'zstd', clevel: 5, shuffle: 0, blocksize: 0 }, blosc(4, zstd(bytes)), ['zstd']],
  // The buffer says what it is compressed with, whatever the metadata says.
  blosc_other: [{ id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 0, blocksize: 0 }, blosc(4, zstd(bytes)), ['zstd']],
  zstd: [{ id: 'zstd', level: 1 }, zstd(bytes), ['zstd']],
  zlib: [{ id: 'zlib', level: 1 }, deflateSync(bytes), ['codecs']]
}

/** The same group without consolidated metadata: each node's own files. */
function bare ({ '.zmetadata': consolidated, ...files }) {
  for (const [path, node] of Object.entries(JSON.parse(consolidated).metadata)) files[path] = JSON.stringify(node)
  return files
}

// `cargo xtask web` leaves the program whole where another compiler than the pinned one makes it.
const isCut = readdirSync(join(demoSite, 'assets')).some((name) => name.startsWith('explorer-zstd-'))
const skip = !isCut && 'the explorer of this build is whole'

let browser, made, server
before(async () => {
  if (skip) return
  const time = { shape: [100], dims: ['time'], attrs: { units: 'seconds since 2026-01-01', standard_name: 'time' }, data: { 0: doubles(numbers) } }
  const variable = ([compressor, chunk]) => ({
    shape: [100], dims: ['time'], attrs: { units: 'K', standard_name: 'air_temperature' }, compressor, data: { 0: chunk }
  })
  const variables = Object.fromEntries(Object.entries(cases).map(([name, one]) => [name, variable(one)]))
  const codecs = zarr('Codecs', { time, ...variables })
  ;[browser, made] = await Promise.all([launch(), catalogue({ codecs, bare: bare(codecs) })])
  server = await serve({ site: made.site, sources: made.cars })
})
after(async () => { await browser?.close(); await server?.stop(); await made?.stop() })

/** A visit of a view; `parts()` are those that were loaded. */
async function visit (fragment, prepare = async () => {}, dataset = 'codecs') {
  const one = await open(browser, [server.origin], { acceptDownloads: true })
  await prepare(one.context)
  await one.page.goto(`${server.origin}/ds/${made.cids[dataset]}/${fragment}`)
  const parts = () => one.requests.map((url) => /\/explorer-([a-z]+)-[0-9a-f]+\.wasm$/.exec(url)?.[1]).filter(Boolean).sort()
  return { ...one, ...reading(one.page), state: await settled(one.page), parts }
}

for (const [name, [, , parts]] of Object.entries(cases)) {
  test(`a line of ${name} loads ${parts.join(' and ') || 'no part'}`, { skip }, async () => {
    const one = await visit(`#explore?variable=${name}`)
    assert.equal(one.state, 'ready', await one.explorer.innerText())
    await assertValues(one.statistic, goodValues, name)
    assert.deepEqual(one.parts(), parts)
    one.assertOrigins()
    one.assertQuiet()
    await one.close()
  })
}

test('without consolidated metadata what lists directories is loaded', { skip }, async () => {
  const one = await visit('#explore?variable=plain', undefined, 'bare')
  assert.equal(one.state, 'ready', await one.explorer.innerText())
  await assertValues(one.statistic, goodValues, 'plain')
  assert.deepEqual(one.parts(), ['list'])
  one.assertOrigins()
  one.assertQuiet()
  await one.close()
})

test('where it does not come, the next view tries again', { skip }, async () => {
  const missing = (context) => context.route(/explorer-list-/, (route) => route.fulfill({ status: 404, body: '' }))
  const one = await visit('#explore?variable=plain', missing, 'bare')
  assert.equal(one.state, 'failed')
  assert.match(await one.alert(), /part of the explorer that lists directories did not load[\s\S]*404/)
  // Asked for and told once: the page's own server, which is known by then, is no reason to try again.
  await one.page.locator('[aria-labelledby=explore-sources] tr').nth(1).waitFor()
  assert.equal(await one.explorer.getAttribute('data-state'), 'failed')
  assert.deepEqual(one.parts(), ['list'])
  await one.context.unroute(/explorer-list-/)
  assert.equal(await one.go('#explore?variable=lz4'), 'ready')
  await assertValues(one.statistic, goodValues, 'lz4')
  await one.close()
})

test('a distribution loads what draws it, once', { skip }, async () => {
  const one = await visit('#explore?variable=plain&as=histogram')
  assert.equal(one.state, 'ready', await one.explorer.innerText())
  assert.equal(await one.go('#explore?variable=lz4&as=histogram'), 'ready')
  assert.deepEqual(one.parts(), ['pictures'])
  await one.close()
})

test('a part that does not come is named, and tried again', { skip }, async () => {
  const missing = (context) => context.route(/explorer-(zstd|take)-/, (route) => route.fulfill({ status: 404, body: '' }))
  const one = await visit('#explore?variable=zstd', missing)
  assert.equal(one.state, 'failed')
  assert.match(await one.alert(), /part of the explorer that decompresses Zstandard did not load[\s\S]*404/)
  // What needs no part is drawn as ever.
  assert.equal(await one.go('#explore?variable=plain'), 'ready')
  // Told beside the button, and above the picture that stays where the table would be below it.
  const words = /makes tables and files did not load[\s\S]*404/
  await one.page.getByRole('button', { name: 'CSV', exact: true }).click()
  await one.page.locator('#explore-taken', { hasText: words }).waitFor()
  assert.equal(await one.explorer.getAttribute('data-state'), 'ready')
  assert.equal(await one.page.locator('#explorer .stack > [role=alert]').count(), 0)
  assert.equal(await one.go('#explore?variable=plain&view=table'), 'ready')
  await one.page.locator('#explorer .stack > [role=alert]', { hasText: words }).waitFor()
  assert.equal(await one.explorer.getAttribute('data-state'), 'ready')
  await assertValues(one.statistic, goodValues, 'plain')
  await one.context.unroute(/explorer-(zstd|take)-/)
  assert.equal(await one.go('#explore?variable=zstd'), 'ready')
  await assertValues(one.statistic, goodValues, 'zstd')
  const taken = one.page.locator('#explore-taken')
  const [file] = await Promise.all([
    one.page.waitForEvent('download'),
    one.page.getByRole('button', { name: 'CSV', exact: true }).click()
  ])
  assert.equal(file.suggestedFilename(), 'zstd.csv')
  assert.equal(await taken.innerText(), '', 'what failed before is not said any more')
  assert.deepEqual(one.parts(), ['take', 'take', 'take', 'zstd', 'zstd'])
  one.assertOrigins()
  await one.close()
})

test('where what follows the hand does not come, the picture stays and it is said', { skip }, async () => {
  const missing = (context) => context.route(/explorer-hand-/, (route) => route.fulfill({ status: 404, body: '' }))
  const one = await visit('#explore?variable=plain', missing)
  assert.equal(one.state, 'ready')
  const picture = one.page.locator('#explorer-pictures .drawn').first()
  await picture.focus()
  await one.page.keyboard.press('+')
  await one.page.locator('#explorer .stack > [role=alert]', { hasText: /follows the hand|did not load/ }).waitFor()
  assert.equal(await one.explorer.getAttribute('data-state'), 'ready')
  await assertValues(one.statistic, goodValues, 'plain')
  await one.context.unroute(/explorer-hand-/)
  await one.page.keyboard.press('+')
  await one.page.waitForURL(/time=/)
  await one.page.locator('#explorer[data-state=ready]').waitFor()
  assert.equal(await one.page.locator('#explorer .stack > [role=alert]').count(), 0)
  await one.close()
})
