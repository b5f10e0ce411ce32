// Before, during and after loading: the question before something large, cancelling, moving by hand; a browser that
// keeps nothing, a wrong clock, a tab in the background, one corrupt block among good ones.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { backgroundTab } from './lib/background.mjs'
import { launch, open } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, explore, reading, settled, siteWith } from './lib/explorer.mjs'
import { badGateway } from './lib/gateways.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

// 18 MB in chunks of one block each: above what is loaded without asking.
const CHUNK = 131072
const values = Array.from({ length: 18 * CHUNK }, (_, at) => Math.sin(at / 5000) * 10 + at % 7)
const chunks = Object.fromEntries(Array.from({ length: 18 }, (_, at) => [at, doubles(values.slice(at * CHUNK, (at + 1) * CHUNK))]))
const largeValues = {
  valid_count: values.length,
  min: values.reduce((a, b) => Math.min(a, b)),
  max: values.reduce((a, b) => Math.max(a, b)),
  sum: values.reduce((a, b) => a + b)
}

const smallChunks = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [at, doubles(values.slice(at * 500, (at + 1) * 500))]))
const smallValues = {
  valid_count: 20000,
  min: Math.min(...values.slice(0, 20000)),
  max: Math.max(...values.slice(0, 20000)),
  sum: values.slice(0, 20000).reduce((a, b) => a + b)
}

// Three blocks a chunk.
const WIDE = 3 * CHUNK
const wideChunks = Object.fromEntries([0, 1].map((at) => [at, doubles(values.slice(at * WIDE, (at + 1) * WIDE))]))
const wideValues = {
  valid_count: 2 * WIDE,
  min: values.slice(0, 2 * WIDE).reduce((a, b) => Math.min(a, b)),
  max: values.slice(0, 2 * WIDE).reduce((a, b) => Math.max(a, b)),
  sum: values.slice(0, 2 * WIDE).reduce((a, b) => a + b)
}

let browser, server, made, large, expected
before(async () => {
  [browser, server, expected, made] = await Promise.all([launch(), serve(), expectations(), catalogue({
    small: zarr('Small chunks', {
      signal: { shape: [20000], chunks: [500], dims: ['sample'], attrs: { units: 'V' }, data: smallChunks }
    }),
    wide: zarr('Wide chunks', {
      signal: { shape: [2 * WIDE], chunks: [WIDE], dims: ['sample'], attrs: { units: 'V' }, data: wideChunks }
    }),
    large: zarr('Large', {
      signal: { shape: [values.length], chunks: [CHUNK], dims: ['sample'], attrs: { units: 'V', long_name: 'signal' }, data: chunks }
    })
  })])
  large = await serve({ site: made.site, sources: made.cars })
})
after(async () => { await browser?.close(); await server?.stop(); await large?.stop(); await made?.stop() })

const see = (part, fragment, options = {}) => explore(browser, server.origin, datasetOf(expected, part)[0], fragment, options)
const stations = () => datasetOf(expected, 'weather station')
const asked = ({ requests }) => requests.map(({ url }) => url).filter((url) => url.startsWith('/ipfs/') && !url.includes('bafkqaaa'))
const blocks = (gateway) => asked(gateway).length
/** What a gateway was asked for, for somebody who reads why a test failed. */
const told = (gateway) => `${blocks(gateway)} requests:\n${asked(gateway).join('\n')}`

/** Waits for something that is true; what it is. */
async function until (what, timeout = 15000) {
  const end = Date.now() + timeout
  for (;;) {
    const found = await what()
    if (Array.isArray(found) ? found.length > 0 : found) return found
    assert.ok(Date.now() < end, `${timeout} ms passed, and not yet: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The large dataset through a gateway that counts, and maybe waits. */
async function throughGateway (how, body, options) {
  const gateway = await badGateway(large.origin, how, options)
  const site = await siteWith([gateway.origin], { site: made.site })
  try {
    const visit = await open(browser, [site.origin, gateway.origin])
    await visit.page.goto(`${site.origin}/ds/${made.cids.large}/#explore?variable=signal`)
    await body({ ...visit, ...reading(visit.page) }, gateway)
    await visit.close()
  } finally {
    await Promise.all([site.stop(), gateway.stop()])
  }
}

test('something large asks first, with nothing of it fetched; then it is drawn', () => throughGateway('plain', async (visit, gateway) => {
  const load = visit.page.locator('#explorer-load')
  await load.waitFor({ timeout: 20000 })
  assert.match(await visit.page.locator('#explorer .note', { has: load }).innerText(), /18\.9 MB in 18 parts/)
  assert.ok(blocks(gateway) < 4, `before the question ${told(gateway)}`)
  await load.click()
  await load.waitFor({ state: 'detached' })
  assert.equal(await settled(visit.page), 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, largeValues, 'signal')
  // Each block once.
  assert.ok(blocks(gateway) <= 22, `for 18 chunks ${told(gateway)}`)
  visit.assertOrigins()
}))

test('many small chunks come as one archive, from whoever makes archives, and one by one from others', async () => {
  for (const [how, most, least] of [['plain', 6, 1], ['raw-only', 60, 40], ['once', 100, 1], ['cut', 0, 0]]) {
    // Who makes no archives is alone, or the other one would make it.
    const kinds = how === 'raw-only' ? [how] : [how, 'plain']
    const gateways = await Promise.all(kinds.map((kind) => badGateway(large.origin, kind)))
    const site = await siteWith(gateways.map(({ origin }) => origin), { site: made.site })
    try {
      const allowed = gateways.map(({ origin }) => origin)
      const visit = await explore(browser, site.origin, made.cids.small, '#explore?variable=signal', { allowed })
      assert.equal(visit.state, 'ready', `${how}: ${await visit.explorer.innerText()}`)
      await assertValues(visit.statistic, smallValues, how)
      const count = blocks(gateways[0])
      if (most > 0) assert.ok(count <= most, `${how}: ${told(gateways[0])}`)
      assert.ok(count >= least, `${how}: ${told(gateways[0])}`)
      if (how === 'once') assert.match(await visit.source(gateways[0].origin), /sent wrong bytes/)
      await visit.close()
    } finally {
      await Promise.all([site.stop(), ...gateways.map((gateway) => gateway.stop())])
    }
  }
})

test('a chunk of several blocks comes in one answer, and block by block from who makes no archives', async () => {
  for (const [how, most, least] of [['plain', 2, 2], ['raw-only', 12, 8], ['cut', 0, 0]]) {
    // Only who breaks off has another beside it: a machine that is slow for a moment has a second one asked as well.
    const kinds = how === 'cut' ? [how, 'plain'] : [how]
    const gateways = await Promise.all(kinds.map((kind) => badGateway(large.origin, kind)))
    const site = await siteWith(gateways.map(({ origin }) => origin), { site: made.site })
    try {
      const allowed = gateways.map(({ origin }) => origin)
      const visit = await explore(browser, site.origin, made.cids.wide, '#explore?variable=signal', { allowed })
      assert.equal(visit.state, 'ready', `${how}: ${await visit.explorer.innerText()}`)
      await assertValues(visit.statistic, wideValues, how)
      const count = blocks(gateways[0])
      if (most > 0) assert.ok(count <= most, `${how}: ${told(gateways[0])}`)
      assert.ok(count >= least, `${how}: ${told(gateways[0])}`)
      if (how === 'plain') assert.ok(gateways[0].requests.some(({ url }) => url.includes('dag-scope=entity')))
      await visit.close()
    } finally {
      await Promise.all([site.stop(), ...gateways.map((gateway) => gateway.stop())])
    }
  }
})

test('what an archive brings while the browser looks for its own copy is not asked for again', async () => {
  const gateway = await badGateway(large.origin, 'plain')
  const site = await siteWith([gateway.origin], { site: made.site })
  try {
    const visit = await open(browser, [site.origin, gateway.origin])
    let slowed = 0
    await visit.context.route(/\/cache-[^/]*\.js$/, async (route) => {
      const answer = await route.fetch()
      const body = (await answer.text()).replace('async block(key) {', () => {
        slowed++
        return 'async block(key) { await new Promise((resolve) => setTimeout(resolve, 400));'
      })
      await route.fulfill({ response: answer, body })
    })
    await visit.page.goto(`${site.origin}/ds/${made.cids.wide}/#explore?variable=signal`)
    assert.equal(await settled(visit.page), 'ready')
    await assertValues(reading(visit.page).statistic, wideValues, 'signal')
    assert.equal(slowed, 1)
    assert.equal(blocks(gateway), 2, told(gateway))
    await visit.close()
  } finally {
    await Promise.all([site.stop(), gateway.stop()])
  }
})

// After the first of 18 blocks, and in the middle.
for (const [when, bytes, bytesPerSecond] of [['as soon as something came', 1e6, 1.5e6], ['in the middle', 7e6, 6e6]]) {
  test(`cancel ${when} stops the requests, and loading again goes on where it was`, () => throughGateway('trickle', async (visit, gateway) => {
    const { page } = visit
    const sent = () => gateway.requests.reduce((sum, { sent }) => sum + sent, 0)
    await page.locator('#explorer-load').click({ timeout: 20000 })
    await until(async () => Number(await visit.explorer.getAttribute('data-verified-bytes')) > bytes)
    const [archive] = gateway.requests.filter(({ url }) => url.includes('dag-scope=all'))
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('#explorer[data-state=idle]').waitFor({ timeout: 2000 })
    // The server sees the connection closed, and nobody asks for anything else.
    await until(() => archive.closed, 2000)
    const [before, asked] = [sent(), gateway.requests.length]
    assert.ok(archive.sent < 17e6, `${archive.sent} of 18.9 MB were sent before it was cancelled`)
    await page.waitForTimeout(1000)
    assert.deepEqual([sent(), gateway.requests.length], [before, asked], 'requests went on after cancelling')
    await page.evaluate(() => { location.hash = '#explore?variable=signal&sample=0:2359290' })
    await page.locator('#explorer-load').click({ timeout: 10000 })
    await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 30000 })
    assert.equal(await visit.statistic('values'), 2359290)
    // What came whole is not sent again; what was cut off is.
    const again = sent() - before
    const lacked = 18 * 8 * CHUNK - archive.sent
    assert.ok(again <= 18 * 8 * CHUNK - bytes, `${again} bytes were sent again`)
    assert.ok(again < lacked + 4e6, `${again} bytes for ${lacked} that lacked`)
    assert.ok(again > lacked - 1e6, `${again} bytes for ${lacked} that lacked: the rest was not asked for`)
  }, { bytesPerSecond }))
}

test('what somebody does while data come outlives them', () => throughGateway('slow', async (visit) => {
  const { page } = visit
  const load = page.locator('#explorer-load')
  await load.waitFor({ timeout: 20000 })
  await page.locator('#explorer summary', { hasText: 'IPFS peer in this page' }).click()
  await page.evaluate(() => {
    for (const [name, selector] of Object.entries({
      field: '#explore-gateway', link: '#tree a', sources: '[aria-label="Sources, scrollable"]', details: 'details[open]:has(summary)'
    })) window[name] = document.querySelector(`#explorer ${selector}`)
  })
  // A button that is another one when the pointer is let go was not clicked.
  await page.evaluate(() => {
    window.cancels = new Set()
    new MutationObserver(() => {
      const cancel = document.querySelector('[data-do=cancel]')
      if (cancel) window.cancels.add(cancel)
    }).observe(document.getElementById('explorer'), { childList: true, subtree: true })
    window.before = window.sources.innerText
  })
  await load.click()
  await page.locator('#explore-gateway').pressSequentially('https://half', { delay: 20 })
  // The panel above the field is made anew meanwhile.
  await page.waitForFunction(() => window.sources.innerText !== window.before)
  assert.deepEqual(await page.evaluate(() => ({
    typed: window.field.value,
    focus: document.activeElement === window.field,
    open: window.details.open,
    same: [window.field, window.link, window.sources, window.details].every((one) => one.isConnected),
    cancels: window.cancels.size
  })), { typed: 'https://half', focus: true, open: true, same: true, cancels: 1 })
  await page.locator('#tree a').first().focus()
  await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 30000 })
  assert.ok(await page.evaluate(() => document.activeElement === window.link), 'the focus left the tree')
  assert.equal(await page.locator('#explore-gateway').inputValue(), 'https://half')
}, { delayMs: 1000 }))

test('a hand moves the picture without a request; arrow keys too; the address follows', () => throughGateway('plain', async (visit, gateway) => {
  const { page } = visit
  await page.locator('#explorer-load').click({ timeout: 20000 })
  await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 30000 })
  await page.locator('#explorer-load').waitFor({ state: 'detached' })
  const asked = blocks(gateway)
  assert.equal(await visit.go('#explore?variable=signal&sample=1000000:1200000'), 'ready')
  const range = () => /sample=(\d+):(\d+)/.exec(page.url())?.slice(1).map(Number) ?? []
  const svg = page.locator('#explorer-pictures .svg').first()
  const before = await svg.innerHTML()
  const box = await page.locator('#explorer-pictures .drawn').first().boundingBox()
  await page.mouse.move(box.x + 300, box.y + 100)
  await page.mouse.down()
  await page.mouse.move(box.x + 400, box.y + 100, { steps: 5 })
  // It is drawn anew while the button is still down.
  await page.waitForFunction((before) => document.querySelector('#explorer-pictures .svg').innerHTML !== before, before)
  // Between two drawings it is shifted at once, axis and all, and holds enough beyond its edge.
  const shifted = await page.evaluate(() => new Promise((resolve) => {
    const drawn = document.querySelector('#explorer-pictures .drawn')
    const [part] = drawn.querySelectorAll('.svg .m')
    const { left, top } = drawn.getBoundingClientRect()
    const line = drawn.querySelector('g[clip-path] .m path').getBBox()
    const clip = drawn.querySelector('clipPath rect').getBBox()
    drawn.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerId: 1, clientX: left + 420, clientY: top + 100 }))
    resolve({ style: part.getAttribute('style'), beyond: clip.x - line.x / 10 })
  }))
  assert.match(shifted.style, /translateX\(\d/)
  assert.ok(shifted.beyond > 100, `${shifted.beyond} px beyond the edge`)
  await page.mouse.move(box.x + 400, box.y + 100)
  await page.mouse.up()
  await page.waitForFunction(() => !location.hash.includes('1000000:'))
  const [from, to] = range()
  assert.ok(from < 1_000_000 && from > 900_000 && Math.abs(to - from - 200_000) < 20, `${from}:${to}`)
  await page.locator('#explorer[data-state=ready]').waitFor()
  await page.locator('#explorer-pictures .drawn').first().focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction((from) => !location.hash.includes(`${from}:`), from)
  assert.ok(range()[0] > from, `${range()} after the arrow to the right`)
  await page.locator('#explorer[data-state=ready]').waitFor()
  assert.ok(Math.abs(await visit.statistic('values') - 200_000) < 50)
  assert.equal(blocks(gateway), asked, 'something was fetched again')
}))

/** A visit whose worker runs `before` first. */
async function visitWith (before, fragment) {
  const visit = await open(browser, [server.origin])
  const seen = []
  await visit.context.route(/explorer-[^/]*\.js$/, async (route) => {
    const answer = await route.fetch()
    seen.push(answer.url())
    await route.fulfill({ response: answer, body: `${before};\n${await answer.text()}` })
  })
  await visit.page.goto(`${server.origin}/ds/${stations()[0]}/${fragment}`)
  await settled(visit.page)
  assert.ok(seen.length > 0, 'the script was not changed')
  return { ...visit, ...reading(visit.page) }
}

for (const [what, script] of [
  ['no IndexedDB at all', 'Object.defineProperty(globalThis, "indexedDB", { value: undefined })'],
  ['an IndexedDB that refuses to open', 'IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError") }'],
  ['an IndexedDB that never answers', 'IDBFactory.prototype.open = () => ({})'],
  ['a full disk', 'IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }'],
  ['a clock that stands at 1970', 'Date.now = () => 0'],
  ['a clock that runs backwards', 'let wrong = 9e12; Date.now = () => (wrong -= 1000)']
]) {
  test(`with ${what} everything is drawn`, async () => {
    const started = Date.now()
    const visit = await visitWith(script, '#explore?variable=air_temperature')
    assert.ok(Date.now() - started < 10000, `${Date.now() - started} ms`)
    const kept = await visit.source('this browser')
    if (/indexedDB|IDBFactory/.test(script)) assert.match(kept, /not available/, what)
    await assertValues(visit.statistic, stations()[1].variables.air_temperature, what)
    assert.equal(await visit.go('#explore?variable=wind_speed'), 'ready')
    await assertValues(visit.statistic, stations()[1].variables.wind_speed, what)
    visit.assertQuiet()
    await visit.close()
  })
}

test('a tab in the background goes on loading', async () => {
  const tab = await backgroundTab(browser, `${server.origin}/ds/${stations()[0]}/#explore?variable=air_temperature`)
  try {
    // Hidden before anything of it was fetched, and still hidden when it is drawn.
    const state = () => tab.evaluate('[document.hidden, document.getElementById("explorer")?.dataset.state].join()')
    await until(async () => {
      const now = await state()
      assert.match(now, /^true,/, 'the tab is not in the background')
      return now === 'true,ready'
    }, 30000)
    const rows = await tab.evaluate('[...document.querySelectorAll("#explorer-pictures tr")].map((row) => [...row.cells].slice(0, 2).map((cell) => cell.innerText))')
    const shown = Object.fromEntries(rows)
    const { valid_count: count, min, max } = stations()[1].variables.air_temperature
    assert.equal(Number(shown.values.replace(/\s/g, '')), count)
    for (const [name, wanted] of [['smallest', min], ['largest', max]]) {
      assert.ok(Math.abs(Number(shown[name].replace('−', '-')) - wanted) < 1e-3, `${name}: ${shown[name]}, xarray says ${wanted}`)
    }
  } finally {
    await tab.close()
  }
})

test('the network is lost while a variable loads: told, and when it is back it goes on where it was', () => throughGateway('trickle', async (visit, gateway) => {
  const { page } = visit
  await page.locator('#explorer-load').click({ timeout: 20000 })
  const [archive] = await until(() => gateway.requests.filter(({ url, sent }) => url.includes('dag-scope=all') && sent > 7e6))
  await gateway.stop()
  assert.equal(await settled(page), 'failed')
  assert.match(await visit.alert(), /did not arrive/)
  assert.equal(await page.locator('#explorer progress').count(), 0, 'no spinner is left')
  const back = await badGateway(large.origin, 'plain', { port: Number(new URL(gateway.origin).port) })
  try {
    await page.locator('.stack').getByRole('button', { name: 'Try again' }).click()
    // It is as large as it was.
    await page.locator('#explorer-load').click({ timeout: 10000 })
    await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 30000 })
    await assertValues(visit.statistic, largeValues, 'signal')
    const again = back.requests.reduce((sum, { sent }) => sum + sent, 0)
    assert.ok(again > 0 && again < 18 * 8 * CHUNK - archive.sent + 4e6, `${again} bytes after ${archive.sent}`)
  } finally {
    await back.stop()
  }
}, { bytesPerSecond: 6e6 }))

test('one corrupt block among good ones: the other gateway has it, the first is named', async () => {
  const gateways = [await badGateway(server.origin, 'once'), await badGateway(server.origin, 'plain')]
  const [cid, { variables }] = datasetOf(expected, 'Cloud radar')
  const site = await siteWith(gateways.map(({ origin }) => origin))
  try {
    const allowed = gateways.map(({ origin }) => origin)
    const visit = await explore(browser, site.origin, cid, '#explore?variable=Zh', { allowed })
    assert.equal(visit.state, 'ready', await visit.explorer.innerText())
    await assertValues(visit.statistic, variables.Zh, 'Zh')
    assert.match(await visit.source(gateways[0].origin), /sent wrong bytes/)
    await visit.close()
  } finally {
    await Promise.all([site.stop(), ...gateways.map((gateway) => gateway.stop())])
  }
})

test('profile, scatter and histogram show what xarray computed', async () => {
  const [, { variables }] = stations()
  const close = (text, wanted) => assert.ok(Math.abs(Number(text) - wanted) <= Math.abs(wanted) * 1e-3, `${text}, xarray says ${wanted}`)
  const visit = await see('weather station', '#explore?variable=air_temperature,relative_humidity&as=scatter')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  const caption = () => visit.page.locator('#explorer figcaption').first().innerText()
  assert.match(await caption(), /^Scatter plot/)
  for (const [column, name] of ['air_temperature', 'relative_humidity'].entries()) {
    assert.equal(await visit.statistic('values', column), variables[name].valid_count)
    close(await visit.statistic('mean', column), variables[name].sum / variables[name].valid_count)
  }
  assert.equal(await visit.go('#explore?variable=air_temperature&as=histogram'), 'ready')
  const words = /Histogram: .*? (\S+) to (\S+) .*mean (\S+)\.$/.exec(await caption())
  assert.ok(words, await caption())
  const one = variables.air_temperature
  close(words[1], one.min)
  close(words[2], one.max)
  close(words[3], one.sum / one.valid_count)
  await visit.close()
  const sondes = await see('dropsondes', '#explore?variable=ta&as=profile&sonde=3')
  assert.equal(sondes.state, 'ready', await sondes.explorer.innerText())
  assert.match(await sondes.page.locator('#explorer figcaption').first().innerText(), /[Pp]rofile/)
  assert.ok(await sondes.statistic('values') <= 461)
  await sondes.close()
})

test('colours are in the address, and every picture that is shown is saved', async () => {
  const visit = await see('Cloud radar', '#explore?variable=Zh,lwp&colors=dusk')
  const { page } = visit
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  assert.equal(await page.locator('#explorer select').nth(1).inputValue(), 'dusk')
  const pixels = () => page.locator('#explorer-pictures image').first().getAttribute('href')
  const dusk = await pixels()
  await page.locator('#explorer select').nth(1).selectOption('tide')
  await page.waitForURL(/colors=tide/)
  await page.waitForFunction((dusk) => document.querySelector('#explorer-pictures image').getAttribute('href') !== dusk, dusk)
  const shown = await page.locator('#explorer-pictures figure').count()
  assert.equal(shown, 2)
  const files = []
  page.on('download', (download) => files.push(download.suggestedFilename()))
  await page.getByRole('button', { name: 'SVG', exact: true }).click()
  for (let turn = 0; turn < 50 && files.length < shown; turn++) await page.waitForTimeout(100)
  assert.deepEqual(files.toSorted(), ['Zh-lwp-1.svg', 'Zh-lwp-2.svg'])
  await visit.close()
})
