// Hostile and broken data: told in words, in time, and nothing of it becomes markup.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { launch } from './lib/browser.mjs'
import { assertValues, explore, settled, siteWith } from './lib/explorer.mjs'
import { badGateway } from './lib/gateways.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

const numbers = Array.from({ length: 100 }, (_, at) => at)
const time = { shape: [100], dims: ['time'], attrs: { units: 'seconds since 2026-01-01', standard_name: 'time' }, data: { 0: doubles(numbers) } }
const good = { shape: [100], dims: ['time'], attrs: { units: 'K', standard_name: 'air_temperature' }, data: { 0: doubles(numbers.map((x) => 280 + x / 100)) } }
const goodValues = { valid_count: 100, min: 280, max: 280.99, sum: 28049.5 }
const markup = '<img src=x onerror=alert(1)>'

let browser, made, server
before(async () => {
  const zlib = { id: 'zlib', level: 9 }
  const many = Object.fromEntries(Array.from({ length: 10000 }, (_, at) => [`channel_${at}`, {
    // In Zarr v2 the fill value means that nothing is there.
    shape: [100], dims: ['time'], fill: 0, data: at === 9876 ? { 0: doubles(numbers.map(() => 1.5)) } : {}
  }]))
  const [started, built] = await Promise.all([launch(), catalogue({
    faults: zarr('Faults', {
      time,
      good,
      bomb: { ...good, compressor: zlib, data: { 0: deflateSync(Buffer.alloc(200 << 20), { level: 9 }) } },
      short: { ...good, data: { 0: doubles(numbers.slice(50)) } },
      codec: { ...good, compressor: { id: 'lerc-of-tomorrow' }, data: { 0: Buffer.from('abc') } },
      garbage: { ...good, compressor: zlib, data: { 0: Buffer.from('this is no zlib stream at all') } },
      missing: { ...good, data: {} },
      empty: { ...good, shape: [0], dims: ['nothing'], data: {} }
    }),
    markup: zarr(`Markup ${markup}`, {
      time,
      [markup.replace('/', '')]: { ...good, attrs: { units: '</text><script>alert(2)</script>', long_name: `name ${markup}` } }
    }),
    many: zarr('Ten thousand', { time, good, ...many })
  })])
  browser = started
  made = built
  server = await serve({ site: made.site, sources: made.cars })
})
after(async () => { await browser?.close(); await server?.stop(); await made?.stop() })

test('each fault has its own words, and the next variable is drawn after it', async () => {
  const visit = await explore(browser, server.origin, made.cids.faults, '#explore?variable=good')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, goodValues, 'good')
  const cases = {
    bomb: /bomb.*(more than|larger|limit)/is,
    short: /short.*(400|bytes|size)/is,
    codec: /lerc-of-tomorrow/,
    garbage: /garbage.*zlib/is,
    missing: /missing holds no value in this selection: everything is missing/,
    empty: /empty|no value/
  }
  for (const [name, words] of Object.entries(cases)) {
    const started = Date.now()
    assert.equal(await visit.go(`#explore?variable=${name}`), 'failed', name)
    assert.ok(Date.now() - started < 5000, `${name} took ${Date.now() - started} ms`)
    assert.match(await visit.alert(), words, name)
  }
  // The blocks are right, only this page cannot use them: Python is what to do next.
  assert.equal(await visit.go('#explore?variable=codec'), 'failed')
  assert.match(await visit.alert(), /Open it in Python:[\s\S]*ipfs:\/\//)
  assert.equal(await visit.go('#explore?variable=good'), 'ready')
  await assertValues(visit.statistic, goodValues, 'good, after all')
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
})

test('names with markup stay text', async () => {
  const fragment = `#explore?variable=${encodeURIComponent(markup)}`
  const visit = await explore(browser, server.origin, made.cids.markup, fragment)
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  assert.equal(await visit.page.locator('#explorer img, #explorer script, #explorer [onerror]').count(), 0)
  assert.ok((await visit.page.locator('#explorer').innerText()).includes(markup))
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
})

test('ten thousand variables are listed in part and found by name', async () => {
  const visit = await explore(browser, server.origin, made.cids.many, '#explore?variable=good')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  const links = visit.page.locator('#tree a')
  await links.first().waitFor()
  assert.ok(await links.count() <= 300)
  const started = Date.now()
  await visit.page.locator('#explore-find').fill('channel_9876')
  await visit.page.locator('#tree a', { hasText: 'channel_9876' }).waitFor()
  assert.ok(Date.now() - started < 2000, `finding took ${Date.now() - started} ms`)
  await links.first().click()
  await visit.page.waitForURL(/channel_9876/)
  assert.equal(await settled(visit.page), 'ready', await visit.explorer.innerText())
  assert.equal(await visit.statistic('mean'), 1.5)
  visit.assertQuiet()
  await visit.close()
})

test('a meta.car that does not match is not believed, and said so', async () => {
  const cid = made.cids.faults
  const own = await readFile(join(made.site, 'ds', cid, 'meta.car'))
  const flipped = Buffer.from(own)
  flipped[flipped.length - 40] ^= 1
  const bodies = {
    'of another dataset': await readFile(join(made.site, 'ds', made.cids.markup, 'meta.car')),
    'with a flipped bit': flipped,
    'cut off': own.subarray(0, own.length - 20),
    'of a web page': Buffer.from('<!doctype html><title>no</title>')
  }
  const gateway = await badGateway(server.origin, 'plain')
  try {
    for (const [what, body] of Object.entries(bodies)) {
      const site = await siteWith([gateway.origin], { site: made.site, instead: { [`/ds/${cid}/meta.car`]: body } })
      try {
        const visit = await explore(browser, site.origin, cid, '#explore?variable=good', { allowed: [gateway.origin] })
        assert.equal(visit.state, 'ready', `${what}: ${await visit.explorer.innerText()}`)
        await assertValues(visit.statistic, goodValues, what)
        const remarks = await visit.page.locator('#explorer details').filter({ hasText: 'meta.car' }).count()
        assert.ok(remarks > 0, `${what}: nothing is said about it: ${await visit.explorer.innerText()}`)
        await visit.close()
      } finally {
        await site.stop()
      }
    }
  } finally {
    await gateway.stop()
  }
})

/** Answers with `piece` again and again, every `pauseMs`; `seen` knows how much was sent, and whether the browser left. */
function endless (seen, piece, pauseMs) {
  return async (response) => {
    Object.assign(seen, { sent: 0, startedMs: Date.now() })
    const closed = new Promise((resolve) => response.on('close', resolve))
    closed.then(() => { seen.closedAfterMs = Date.now() - seen.startedMs })
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    while (!response.destroyed) {
      await Promise.race([closed, new Promise((resolve) => response.write(piece, resolve))])
      seen.sent += piece.length
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

test('a file of the site that never ends is read up to a limit, and then not fetched any longer', async () => {
  const cid = made.cids.faults
  const gateway = await badGateway(server.origin, 'plain')
  const [car, record] = [{}, {}]
  const site = await siteWith([gateway.origin], { site: made.site, instead: {
    [`/ds/${cid}/meta.car`]: endless(car, Buffer.alloc(65536), 0),
    // Slowly, so that it is the time that is over.
    [`/ds/${cid}/record.json`]: endless(record, Buffer.from('   '), 200)
  } })
  try {
    const visit = await explore(browser, site.origin, cid, '#explore?variable=good', { allowed: [gateway.origin] })
    assert.equal(visit.state, 'ready', await visit.explorer.innerText())
    await assertValues(visit.statistic, goodValues, 'good')
    await visit.page.waitForTimeout(Math.max(0, 12000 - (Date.now() - record.startedMs)))
    assert.ok(car.closedAfterMs < 9000, `meta.car is still being fetched, or was given up late: ${JSON.stringify(car)}`)
    assert.ok(car.sent < 20e6, `${car.sent} bytes of meta.car`)
    assert.ok(record.closedAfterMs > 8000 && record.closedAfterMs < 12000, `record.json is still being fetched: ${JSON.stringify(record)}`)
    assert.equal(await visit.page.locator('#explorer details').filter({ hasText: 'record.json) did not load' }).count(), 1)
    await visit.close()
  } finally {
    await Promise.all([site.stop(), gateway.stop()])
  }
})
