// What the browser keeps between visits: nothing is fetched twice, nothing is believed unhashed, and it stays within its
// budget, whoever wrote it and in however many tabs.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, open } from './lib/browser.mjs'
import { assertValues, reading, settled, siteWith } from './lib/explorer.mjs'
import { badGateway } from './lib/gateways.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

// Of each variable one chunk, which is one block of a mebibyte.
const LENGTH = 131072
const BLOCK = 8 * LENGTH
const names = ['a', 'b', 'c', 'd']
const values = (name) => Array.from({ length: LENGTH }, (_, at) => names.indexOf(name) * 100 + at % 50)
const expectedOf = (name) => ({
  valid_count: LENGTH,
  min: names.indexOf(name) * 100,
  max: names.indexOf(name) * 100 + 49,
  sum: values(name).reduce((a, b) => a + b)
})
const hashOf = (bytes) => `1220${createHash('sha256').update(bytes).digest('hex')}`
const keys = Object.fromEntries(names.map((name) => [name, hashOf(doubles(values(name)))]))
const nameOf = (key) => names.find((name) => keys[name] === key)

let browser, made, upstream, gateway, site
before(async () => {
  const variable = (name) => ({ shape: [LENGTH], chunks: [LENGTH], dims: [`sample_${name}`], attrs: { units: 'V' }, data: { 0: doubles(values(name)) } })
  ;[browser, made] = await Promise.all([launch(), catalogue({
    four: zarr('Four', Object.fromEntries(names.map((name) => [name, variable(name)])))
  })])
  upstream = await serve({ site: made.site, sources: made.cars })
  gateway = await badGateway(upstream.origin, 'plain')
  site = await siteWith([gateway.origin], { site: made.site })
})
after(async () => {
  await browser?.close()
  await Promise.all([site, gateway, upstream, made].map((one) => one?.stop()))
})

async function until (what, timeout = 15000) {
  const end = Date.now() + timeout
  for (;;) {
    const found = await what()
    if (found) return found
    assert.ok(Date.now() < end, `${timeout} ms passed, and not yet: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A visitor, who has a browser of her own; `quota` is what it grants. */
async function visitor (quota) {
  const visit = await open(browser, [site.origin, gateway.origin])
  if (quota) await grant(visit, quota)
  return visit
}

/** From now on the browser tells the explorer's worker that so much is granted. */
async function grant ({ context }, quota) {
  await context.unroute(/explorer-[^/]*\.js$/)
  await context.route(/explorer-[^/]*\.js$/, async (route) => {
    const answer = await route.fetch()
    const before = `if (navigator.storage) navigator.storage.estimate = async () => ({ quota: ${quota}, usage: 0 });\n`
    await route.fulfill({ response: answer, body: before + await answer.text() })
  })
}

const address = (name) => `${site.origin}/ds/${made.cids.four}/#explore?variable=${name}`

/** Looks at a variable in a new tab, which stays open; the tab. */
async function look ({ context }, name, { before } = {}) {
  const page = await context.newPage()
  await before?.(page)
  await page.goto(address(name))
  assert.equal(await settled(page), 'ready', await page.locator('#explorer').innerText())
  await assertValues(reading(page).statistic, expectedOf(name), name)
  return page
}

/** What is asked of the gateway while `body` runs. */
async function askedWhile (body) {
  const before = gateway.requests.length
  await body()
  return gateway.requests.slice(before).map(({ url }) => url).filter((url) => url.startsWith('/ipfs/') && !url.includes('bafkqaaa'))
}

/** Does something with the database, from a page of the site. */
async function database ({ context }, body, argument) {
  const page = await context.newPage()
  await page.goto(`${site.origin}/404.html`)
  const answer = await page.evaluate(async ([body, argument]) => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    const database = await done(indexedDB.open('pinfold-blocks-1'))
    const stores = () => {
      const transaction = database.transaction(['blocks', 'sizes'], 'readwrite')
      return ['blocks', 'sizes'].map((name) => transaction.objectStore(name))
    }
    try {
      return await new Function('stores', 'done', 'argument', `return (${body})(stores, done, argument)`)(stores, done, argument)
    } finally {
      database.close()
    }
  }, [body.toString(), argument])
  await page.close()
  return answer
}

/** Which of the variables' chunks are kept, and the bytes of all. */
async function kept (visit) {
  const all = await database(visit, async (stores, done) => {
    const [blocks, sizes] = stores()
    const [keys, all, rows] = await Promise.all([blocks.getAllKeys(), blocks.getAll(), sizes.getAllKeys()].map(done))
    return { keys, bytes: all.reduce((sum, { length }) => sum + length, 0), rows }
  })
  assert.deepEqual(all.rows.filter((key) => key !== 'budget'), all.keys, 'the two stores do not agree')
  return { names: all.keys.map(nameOf).filter(Boolean).sort().join(''), bytes: all.bytes }
}

test('a second visit is served from the cache; what was tampered with there is thrown away and fetched anew', async () => {
  const visit = await visitor()
  assert.equal((await askedWhile(async () => (await look(visit, 'a')).close())).length > 0, true, 'the first visit asks')
  // Written after the picture; a tab that is closed before keeps less.
  let page = await look(visit, 'a')
  await until(async () => (await kept(visit)).names === 'a')
  await page.close()

  assert.deepEqual(await askedWhile(async () => { page = await look(visit, 'a') }), [], 'the second visit asked the gateway')
  assert.match(await reading(page).source('this browser'), /MB of 250/)
  await page.close()

  await database(visit, async (stores, done, key) => {
    const bytes = await done(stores()[0].get(key))
    bytes[1000] ^= 1
    await done(stores()[0].put(bytes, key))
  }, keys.a)
  const asked = await askedWhile(async () => { page = await look(visit, 'a') })
  assert.equal(asked.length, 1, `only what was tampered with is fetched: ${asked}`)
  const digest = await until(() => database(visit, async (stores, done, key) => {
    const bytes = await done(stores()[0].get(key))
    return bytes && [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }, keys.a))
  assert.equal(`1220${digest}`, keys.a, 'the wrong bytes are still there')
  visit.assertOrigins()
  await visit.close()
})

test('"Empty the cache" empties it', async () => {
  const visit = await visitor()
  const page = await look(visit, 'a')
  await until(async () => (await kept(visit)).names === 'a')
  await page.getByRole('button', { name: 'Empty the cache' }).click()
  await page.locator('[aria-labelledby=explore-sources] tr, #explorer tr').filter({ hasText: 'this browser' }).filter({ hasText: 'empty' }).waitFor({ timeout: 5000 })
  assert.deepEqual(await kept(visit), { names: '', bytes: 0 })
  await page.close()
  assert.ok((await askedWhile(async () => (await look(visit, 'a')).close())).length > 0, 'the next visit asks again')
  await visit.close()
})

test('what was not used for longest goes, over several visits', async () => {
  // A quarter of it is the budget: 3.25 blocks.
  const visit = await visitor(13 * BLOCK)
  for (const [name, wanted] of [['a', 'a'], ['b', 'ab'], ['a', 'ab'], ['c', 'abc'], ['a', 'abc']]) {
    const page = await look(visit, name)
    await until(async () => (await kept(visit)).names === wanted)
    // That it was used is noted a second later.
    await page.waitForTimeout(1500)
    await page.close()
  }
  const page = await look(visit, 'd')
  await until(async () => (await kept(visit)).names === 'acd')
  assert.match(await reading(page).source('this browser'), /of 3\.4 MB/)
  await page.close()
  assert.ok((await kept(visit)).bytes <= 3.25 * BLOCK)
  // A visit with less room deletes what is too much, not only at the next write.
  await grant(visit, 5 * BLOCK)
  const small = await look(visit, 'd')
  await until(async () => (await kept(visit)).names === 'd')
  await small.close()
  await visit.close()
})

test('two tabs that load at the same time stay within one budget', async () => {
  const visit = await visitor(9 * BLOCK)
  const pages = await Promise.all(['a', 'b', 'c', 'd'].map((name) => look(visit, name)))
  await until(async () => (await kept(visit)).names.length === 2)
  // The others write too, or have done so.
  await pages[0].waitForTimeout(3000)
  const { names, bytes } = await kept(visit)
  assert.ok(names.length === 2 && bytes <= 2.25 * BLOCK, `${names}: ${bytes} bytes`)
  await visit.close()
})

test('two tabs share the cache and both draw', async () => {
  const visit = await visitor()
  const alone = await askedWhile(async () => {
    const other = await visitor()
    await look(other, 'a')
    await other.close()
  })
  // At the same time each of them asks, once.
  const both = await askedWhile(() => Promise.all([look(visit, 'a'), look(visit, 'a')]))
  assert.ok(both.length <= 2 * alone.length, `${both.length} requests of two tabs, ${alone.length} of one`)
  await until(async () => (await kept(visit)).names === 'a')
  // One after the other the second has what the first one fetched, while both are open.
  const third = await askedWhile(() => look(visit, 'a'))
  assert.deepEqual(third, [])
  await visit.close()
})

test('a block that the browser does not hand out in time comes from the gateway', async () => {
  const visit = await visitor()
  const first = await look(visit, 'a')
  await until(async () => (await kept(visit)).names === 'a')
  await first.close()
  await visit.context.route(/explorer-[^/]*\.js$/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `IDBObjectStore.prototype.get = () => ({});\n${await answer.text()}` })
  })
  const started = Date.now()
  const page = await look(visit, 'a')
  assert.ok(Date.now() - started < 10000, `${Date.now() - started} ms`)
  assert.match(await reading(page).source('this browser'), /not available/)
  await visit.close()
})

/** Runs `body` with the cache's own script, in a page of the site with an empty database. */
async function script (body) {
  const visit = await visitor()
  const page = await visit.context.newPage()
  await page.goto(`${site.origin}/404.html`)
  const file = readdirSync(join(made.site, 'assets')).find((name) => /^cache-.*\.js$/.test(name))
  try {
    return await page.evaluate(async ([file, body]) => {
      const cache = await import(file)
      return new Function('cache', `return (${body})(cache)`)(cache)
    }, [`/assets/${file}`, body.toString()])
  } finally {
    await visit.close()
  }
}

test('a disk that is full lowers the budget, in the visits after this one too', async () => {
  const seen = await script(async ({ open }) => {
    const block = (at) => new Uint8Array(1e6).fill(at)
    const first = await open()
    const many = Array.from({ length: 16 }, (_, at) => at)
    await first.keep(many.map(String), many.map(block))
    const put = IDBObjectStore.prototype.put
    // Blocks do not fit any more; notes do.
    IDBObjectStore.prototype.put = function (value, key) {
      if (value.length > 1000) throw new DOMException('full', 'QuotaExceededError')
      return put.call(this, value, key)
    }
    await first.keep(['more'], [block(99)])
    IDBObjectStore.prototype.put = put
    const [second, budget] = [await open(), first.budget]
    const seen = [{ budget, bytes: first.bytes, available: first.available }, { budget: second.budget, bytes: second.bytes }]
    // What a visit writes at its beginning is there when the next one begins.
    await second.keep(['x'], [block(1)])
    for (let visit = 0; visit < 6; visit++) {
      const next = await open()
      await next.keep(['x'], [block(1)])
      seen.push(next.budget)
    }
    return seen
  })
  assert.deepEqual(seen[0], { budget: 8e6, bytes: 7e6, available: true })
  assert.deepEqual(seen[1], { budget: 8e6, bytes: 7e6 })
  // It grows again.
  assert.deepEqual(seen.slice(2), [16e6, 32e6, 64e6, 128e6, 250e6, 250e6])
})

test('what strangers write into the same database does not stop the book from being kept', async () => {
  const seen = await script(async ({ open, excess }) => {
    const first = await open()
    await first.keep(['a', 'b'], [new Uint8Array(10), new Uint8Array(10)])
    const sizes = first.database.transaction(['blocks', 'sizes'], 'readwrite').objectStore('sizes')
    for (const [key, value] of [['n', NaN], ['m', [-5, Infinity]], ['s', 'text'], ['o', {}]]) sizes.put(value, key)
    const second = await open()
    await second.keep(['c'], [new Uint8Array(10)])
    return { keys: [...second.rows.keys()].sort(), bytes: second.bytes, none: excess(new Map([['a', [5, 1]]]), 5) }
  })
  assert.deepEqual(seen, { keys: ['a', 'b', 'c'], bytes: 30, none: [] })
})
