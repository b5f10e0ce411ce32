// The search's files: what comes first, what follows, and what happens when one of them is slow, missing or wrong.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, open } from './lib/browser.mjs'
import { demoCar, pinfold, root } from './lib/env.mjs'
import { serve } from './lib/serve.mjs'

let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

const hits = (page) => page.locator('#results .live ol .title:visible')
const reasons = (page) => page.locator('#results .live .why.at:visible')
const isIndex = (url) => /\/search\/[a-z0-9]+\.pfs$/.test(new URL(url).pathname)
/** Ends a visit whose requests were answered here. */
const end = async (page, close) => { await page.unrouteAll({ behavior: 'ignoreErrors' }); await close() }
const ready = (page) => page.locator('#search[data-ready]').waitFor({ timeout: 20000 })

/** The entry of the index that the page names. */
const entryOf = (page) => page.locator('#search').evaluate((host) => new URL(host.dataset.index, location.href).href)

/** Holds back, spoils or counts index files other than the entry; `answer` returns what is done with one. */
async function others (page, answer) {
  const html = await (await fetch(`${server.origin}/`)).text()
  const entry = html.match(/data-index="([^"]+)"/)[1]
  const asked = []
  await page.route((url) => isIndex(url) && !url.href.endsWith(entry), (route) => {
    asked.push(route.request().url())
    return answer(route, asked.length)
  })
  return asked
}

test('hits come with the entry alone, their reasons when the rest arrives', async () => {
  const { page, assertQuiet, close } = await open(browser, [server.origin])
  let release
  const held = new Promise((resolve) => { release = resolve })
  const asked = await others(page, async (route) => { await held; return route.continue() })
  await page.goto(`${server.origin}/?q=radiosonde`)
  await hits(page).first().waitFor({ timeout: 20000 })
  const before = await hits(page).allInnerTexts()
  assert.equal(await reasons(page).count(), 0, 'the files that hold them are held back')
  release()
  await reasons(page).first().waitFor()
  assert.deepEqual(await hits(page).allInnerTexts(), before, 'the order stays')
  await page.locator('#filters input[data-facet]').first().waitFor()
  assert.ok(asked.length >= 2 && new Set(asked).size === asked.length, 'each file is asked for once')
  assertQuiet()
  await end(page, close)
})

test('a missing file reloads the entry once; then the rest comes', async () => {
  const { page, close } = await open(browser, [server.origin])
  let pages = 0
  page.on('request', (request) => { if (new URL(request.url()).pathname === '/') pages++ })
  await others(page, (route, number) => number === 1 ? route.fulfill({ status: 404, body: 'gone' }) : route.continue())
  await page.goto(`${server.origin}/?q=radiosonde`)
  await reasons(page).first().waitFor({ timeout: 20000 })
  assert.equal(pages, 2, 'the visit, and one reload of the page for its entry')
  assert.equal(await page.locator('.note.warn:visible').count(), 0)
  await end(page, close)
})

for (const [what, spoil] of [
  ['is missing for good', (route) => route.fulfill({ status: 404, body: 'gone' })],
  ['is another file', (route) => route.fulfill({ status: 200, body: '<!doctype html><title>portal</title>' })],
  ['is cut off', async (route) => {
    const body = await (await route.fetch()).body()
    return route.fulfill({ status: 200, body: body.subarray(0, body.length >> 1) })
  }]
]) {
  test(`a part of the index that ${what} is told, and the hits stay`, async () => {
    const { page, close } = await open(browser, [server.origin])
    const asked = await others(page, spoil)
    await page.goto(`${server.origin}/?q=radiosonde`)
    await page.locator('.note.warn:visible').filter({ hasText: 'part of the search index is missing' })
      .waitFor({ timeout: 20000 })
    assert.ok(await hits(page).count() > 0)
    assert.ok(asked.length < 8, `${asked.length} requests: it does not ask for ever`)
    await page.locator('#q').fill('cloud')
    await hits(page).first().waitFor()
    await end(page, close)
  })
}

test('an index of another version is said so, and the list stays', async () => {
  const { page, close } = await open(browser, [server.origin])
  await page.route(isIndex, async (route) => {
    const body = Buffer.from(await (await route.fetch()).body())
    body[4] = 99
    return route.fulfill({ status: 200, body })
  })
  await page.goto(`${server.origin}/`)
  const note = page.locator('#search .note')
  await note.filter({ hasText: 'another version (99' }).waitFor({ timeout: 20000 })
  assert.ok(await page.locator('#results .title:visible').count() >= 6)
  await end(page, close)
})

test('without WebAssembly the list stays and the page says why', async () => {
  const { page, close } = await open(browser, [server.origin])
  await page.addInitScript(() => { delete globalThis.WebAssembly })
  await page.goto(`${server.origin}/`)
  await page.locator('#search .note').filter({ hasText: 'does not run WebAssembly' }).waitFor({ timeout: 20000 })
  assert.ok(await page.locator('#results .title:visible').count() >= 6)
  await page.locator('#results .title a').first().click()
  await page.waitForURL(/\/ds\//)
  await end(page, close)
})

/** Whether the page's own list is seen, and what stands on the page of an answer that is waited for. */
const ownList = (page) => page.evaluate(() => {
  const list = document.querySelector('#results > ol')
  return {
    waits: document.documentElement.hasAttribute('data-asks'),
    seen: !list.hidden && getComputedStyle(list).contentVisibility === 'visible' && list.getBoundingClientRect().height > 100
  }
})

test('a link that asks something is answered before the list of everything is laid out', async () => {
  const { page, close } = await open(browser, [server.origin])
  let release
  const held = new Promise((resolve) => { release = resolve })
  await page.route(/\/search-[a-z0-9]+\.wasm$/, async (route) => { await held; return route.continue() })
  await page.goto(`${server.origin}/?q=radar`, { waitUntil: 'domcontentloaded' })
  assert.deepEqual(await ownList(page), { waits: true, seen: false })
  assert.equal(await page.locator('#q').inputValue(), 'radar')
  release()
  await hits(page).first().waitFor({ timeout: 20000 })
  assert.equal(await page.locator('#q').inputValue(), 'radar')
  assert.deepEqual(await ownList(page), { waits: false, seen: false })
  await page.locator('#q').fill('')
  await page.waitForFunction(() => !document.querySelector('#results > ol').hidden)
  assert.deepEqual(await ownList(page), { waits: false, seen: true })
  await end(page, close)
  const plain = await open(browser, [server.origin])
  for (const nothing of ['?q=', '?utm_source=newsletter', '']) {
    await plain.page.goto(`${server.origin}/${nothing}`, { waitUntil: 'domcontentloaded' })
    assert.deepEqual(await ownList(plain.page), { waits: false, seen: true }, 'nothing is asked')
  }
  await plain.page.route(/\/search-[a-z0-9]+\.wasm$/, () => {})
  for (const asked of ['platform=RV%20Meteor', 'sort=title', 'bbox=-60,0,0,20', 'time=2024-08', 'utm_source=x&doi=yes']) {
    await plain.page.goto(`${server.origin}/?${asked}`, { waitUntil: 'domcontentloaded' })
    assert.deepEqual(await ownList(plain.page), { waits: true, seen: false }, asked)
  }
  await end(plain.page, plain.close)
})

test('what is typed while the search is on its way is searched for', async () => {
  const { page, close } = await open(browser, [server.origin])
  let release
  const held = new Promise((resolve) => { release = resolve })
  await page.route(/\/search-[a-z0-9]+\.wasm$/, async (route) => { await held; return route.continue() })
  await page.goto(`${server.origin}/?q=radar`, { waitUntil: 'domcontentloaded' })
  await page.locator('#q').fill('dropsonde')
  release()
  await hits(page).first().waitFor({ timeout: 20000 })
  await page.waitForURL(/q=dropsonde/)
  assert.match((await hits(page).allInnerTexts()).join(), /dropsonde/i)
  await end(page, close)
})

for (const [what, path] of [['program', /\/search-[a-z0-9]+\.wasm$/], ['index', /\.pfs$/], ['script', /\/search-[a-z0-9]+\.js$/]]) {
  test(`a link that asks something shows the list when the ${what} is missing`, async () => {
    const { page, close } = await open(browser, [server.origin])
    await page.route(path, (route) => route.fulfill({ status: 404, body: 'gone' }))
    await page.goto(`${server.origin}/?q=radar`, { waitUntil: 'domcontentloaded' })
    await page.waitForFunction(() => !document.documentElement.hasAttribute('data-asks'), null, { timeout: 10000 })
    assert.equal((await ownList(page)).seen, true)
    await end(page, close)
  })
}

test('two tabs search on their own', async () => {
  const { page, context, close } = await open(browser, [server.origin])
  const other = await context.newPage()
  for (const [tab, query] of [[page, 'radiosonde'], [other, 'cloud']]) {
    await tab.goto(`${server.origin}/?q=${query}`)
    await hits(tab).first().waitFor({ timeout: 20000 })
  }
  await page.bringToFront()
  assert.notDeepEqual(await hits(page).allInnerTexts(), await hits(other).allInnerTexts())
  assert.match(page.url(), /radiosonde/)
  assert.match(other.url(), /cloud/)
  await end(page, close)
})

test('whatever is typed, the page stays usable', async () => {
  const { page, assertQuiet, close } = await open(browser, [server.origin])
  await page.goto(`${server.origin}/`)
  await ready(page)
  for (const text of ['x'.repeat(10000), 'radar '.repeat(1700), '\u0001\u0007\u001b\u007f', '?!.,;:--++()[]{}', '"', "'", '“', '"""-"', '-', ':::', '٣'.repeat(500)]) {
    await page.locator('#q').fill(text)
    await page.waitForFunction(() => document.querySelector('#results .live:not([hidden]) .count, #results > ol:not([hidden])'))
    await page.locator('#q').fill('radiosonde')
    await hits(page).first().waitFor()
    const long = encodeURIComponent(text)
    if (long.length < 4000) {
      await page.goto(`${server.origin}/?q=${long}`)
      await ready(page)
    }
  }
  assertQuiet()
  await end(page, close)
})

test('content pages are a group of their own, fetched when somebody types', async () => {
  const { page, assertQuiet, close, requests } = await open(browser, [server.origin])
  await page.goto(`${server.origin}/`)
  await ready(page)
  await page.waitForTimeout(500)
  const asked = () => requests.filter((url) => /\/pages-[a-z0-9]+\.(js|wasm|bin)$/.test(url))
  assert.deepEqual(asked(), [], 'nobody has typed')
  await page.locator('#q').fill('identifier')
  const group = page.locator('.pages:visible').filter({ has: page.getByRole('heading', { name: /^Pages/ }) })
  await group.waitFor({ timeout: 20000 })
  assert.equal(asked().length, 3, 'program, its script and its index')
  await page.locator('#q').fill('identifiers')
  await group.waitFor()
  assert.equal(asked().length, 3, 'once')
  await group.getByRole('link').first().click()
  await page.waitForLoadState()
  assert.equal(await page.locator('h1').count(), 1)
  assertQuiet()
  await end(page, close)
})

test('a split index: a query fetches what it needs, and finds what the whole one finds', async () => {
  const site = await mkdtemp(join(tmpdir(), 'pinfold-split-'))
  const args = ['build', '--split-index', '--no-cache', '--pinlist', join(root, 'pinlist.yaml'), '--content',
    join(root, 'content'), '--source', demoCar, '--out', site, '--assets', join(root, 'target/web-dist')]
  const built = spawnSync(pinfold, args, { encoding: 'utf8' })
  assert.equal(built.status, 0, built.stderr)
  const split = await serve({ site })
  try {
    for (const query of ['radiosonde', 'cloud', 'radiosnode', 'wind speed']) {
      const titles = []
      for (const origin of [server.origin, split.origin]) {
        const { page, assertQuiet, close } = await open(browser, [origin])
        const files = new Set()
        page.on('request', (request) => { if (isIndex(request.url())) files.add(request.url()) })
        await page.goto(`${origin}/`)
        await ready(page)
        const entry = await entryOf(page)
        await page.locator('#q').pressSequentially(query, { delay: 20 })
        await page.waitForURL((url) => url.searchParams.get('q') === query)
        await reasons(page).or(page.locator('.why:visible')).first().waitFor({ timeout: 20000 })
        titles.push(await hits(page).allInnerTexts())
        assert.ok(files.has(entry) && files.size > 1, `${files.size} files`)
        assertQuiet()
        await close()
      }
      assert.deepEqual(titles[1], titles[0], query)
    }
    // Those that can be seen come first, whether files were fetched for them or not.
    const low = await open(browser, [split.origin], { viewport: { width: 1280, height: 600 } })
    await low.page.goto(`${split.origin}/`)
    await ready(low.page)
    await low.page.evaluate(() => {
      globalThis.shown = []
      const list = document.getElementById('app-hits')
      new MutationObserver(() => globalThis.shown.push(list.children.length)).observe(list, { childList: true })
    })
    await low.page.locator('#q').fill('temperature')
    await low.page.waitForFunction(() => globalThis.shown.at(-1) >= 5)
    const shown = await low.page.evaluate(() => globalThis.shown)
    assert.ok(shown[0] > 0 && shown[0] < shown.at(-1), `${shown}`)
    low.assertQuiet()
    await low.close()
    // A link names its words: their files come beside the program, which is held back here.
    const { page, assertQuiet, close } = await open(browser, [split.origin])
    const files = []
    let released
    const asked = new Promise((resolve) => { released = resolve })
    page.on('request', (request) => {
      if (!isIndex(request.url())) return
      files.push(request.url())
      // The entry, a file of the dictionary and one of lists.
      if (files.length === 3) released()
    })
    await page.route(/\/search-[a-z0-9]+\.wasm$/, async (route) => { await asked; return route.continue() })
    await page.goto(`${split.origin}/?q=Radiosonde`)
    await hits(page).first().waitFor({ timeout: 20000 })
    assert.equal(new Set(files).size, files.length, 'each file is asked for once')
    assertQuiet()
    await end(page, close)
  } finally {
    await split.stop()
    await rm(site, { recursive: true, force: true })
  }
})
