// Measures a catalogue page in Chromium: `search.mjs SITE [load|type|bare]…`, one JSON object out.
//
// A static server of its own sends brotli as a server would that has compressed its files in advance. Times are from
// the start of the navigation to the moment at which what came of it is on the screen, and, as Chromium itself notes it
// (`EventLatency`), from the key to the moment at which the page has painted and hands the frame over. What drawing it
// takes without a graphics card is told apart.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { launch, open } from './browser.mjs'

const [site, ...parts] = process.argv.slice(2)
const wanted = (part) => parts.length === 0 || parts.includes(part)

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json'
}
const kept = new Map()
async function file (path) {
  if (!kept.has(path)) {
    const raw = await readFile(join(site, path)).catch(() => null)
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw?.length ?? 0 }
    kept.set(path, raw && { raw, br: brotliCompressSync(raw, { params: quality }) })
  }
  return kept.get(path)
}
const pathOf = (url) => {
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname))
  return path.endsWith('/') ? `${path}index.html` : path
}
/** What a page takes that has nothing to do: a line of text and a box. */
const bare = '<!doctype html><title>Bare</title><p elementtiming=list>One line.<p><input id=q autocomplete=off spellcheck=false>'
const server = createServer(async (request, response) => {
  const path = pathOf(request.url)
  if (path === '/bare') return response.writeHead(200, { 'content-type': types['.html'] }).end(bare)
  const found = await file(path)
  if (!found) return response.writeHead(404).end()
  const type = types[extname(path)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'br', 'content-length': found.br.length })
  response.end(found.br)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${server.address().port}`

const browser = await launch()

/** In the page: when the first result of a search was painted, and long tasks. */
function watch () {
  const seen = globalThis.bench = { ready: null, list: null, first: null, long: [], memories: [] }
  // The program's own memory, which no heap statistics hold.
  const { instantiateStreaming } = WebAssembly
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await instantiateStreaming(...args)
    seen.memories.push(...Object.values(made.instance.exports).filter((one) => one instanceof WebAssembly.Memory))
    return made
  }
  // When the frame was on the screen that showed the first dataset of the page's own list, and the first result.
  new PerformanceObserver((list) => {
    for (const { identifier, renderTime } of list.getEntries()) seen[identifier] ??= renderTime
  }).observe({ type: 'element', buffered: true })
  for (const [name, selector] of [['list', '#results > ol > li .title'], ['first', '.live ol li .title']]) {
    new MutationObserver((_, observer) => {
      const title = document.querySelector(selector)
      if (title) {
        observer.disconnect()
        title.setAttribute('elementtiming', name)
      }
    }).observe(document, { childList: true, subtree: true })
  }
  new MutationObserver((_, observer) => {
    if (document.querySelector('#search[data-ready]')) {
      observer.disconnect()
      seen.ready = performance.now()
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-ready'] })
  new PerformanceObserver((list) => seen.long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: 'longtask', buffered: true })
}

async function visit (path, { slow = false } = {}) {
  const { context, page } = await open(browser, { viewport: { width: 1280, height: 900 } })
  await page.addInitScript(watch)
  const requests = []
  page.on('request', (request) => { if (request.url().startsWith(origin)) requests.push(pathOf(request.url())) })
  const cdp = await context.newCDPSession(page)
  if (slow) {
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8
    })
  }
  await page.goto(`${origin}/${path}`)
  return { context, page, cdp, requests }
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const part = (list, share) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]
async function weigh (paths) {
  const sum = { raw: 0, br: 0 }
  for (const path of new Set(paths)) {
    const found = await file(path)
    sum.raw += found?.raw.length ?? 0
    sum.br += found?.br.length ?? 0
  }
  return sum
}
/**
 * What the page noted of a moment. Asked of the browser itself: the driver's own way puts a script of 200 kB into the page,
 * whose reading delays what is timed.
 */
async function noted (cdp, moment) {
  const look = `new Promise((resolve) => {
    const look = () => globalThis.bench.${moment} === null ? setTimeout(look, 25) : resolve(globalThis.bench.${moment})
    look()
  })`
  return (await cdp.send('Runtime.evaluate', { expression: look, awaitPromise: true, returnByValue: true })).result.value
}
/** What was asked for before a moment that the page noted. */
async function askedBefore (page, moment) {
  await page.waitForFunction((moment) => globalThis.bench[moment] !== null, moment, { timeout: 60000 })
  const urls = await page.evaluate((moment) => performance.getEntriesByType('resource')
    .filter((entry) => entry.startTime <= globalThis.bench[moment]).map((entry) => entry.name), moment)
  return ['/index.html', ...urls.filter((url) => url.startsWith(origin)).map(pathOf)]
}
const counted = (path) => /\.(html|css|js|wasm|pfs)$/.test(path)
const out = {}

/** Every key's way to its frame while `work` is done, in milliseconds: until it was painted, until it was on the screen. */
async function keysOf (work) {
  const cdp = await browser.newBrowserCDPSession()
  const events = []
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...value))
  const complete = new Promise((resolve) => cdp.on('Tracing.tracingComplete', resolve))
  await cdp.send('Tracing.start', { traceConfig: { includedCategories: ['input.scrolling'] }, transferMode: 'ReportEvents' })
  await work()
  await cdp.send('Tracing.end')
  await complete
  await cdp.detach()
  const keys = { painted: [], presented: [] }
  const under = new Map()
  const stages = events.filter(({ cat, ph }) => cat?.includes('input.scrolling') && (ph === 'b' || ph === 'e')).toSorted((a, b) => a.ts - b.ts)
  for (const { name, ph, ts, pid, id2, args } of stages) {
    const id = `${pid} ${id2?.local}`
    const key = under.get(id)
    if (name === 'EventLatency' && ph === 'b') under.set(id, { from: ts, type: args.event_latency?.event_type })
    else if (name === 'Commit' && ph === 'e' && key) key.painted = ts
    else if (name === 'EventLatency' && key) {
      under.delete(id)
      if (key.type !== 'KEY_PRESSED' || key.painted === undefined) continue
      keys.painted.push((key.painted - key.from) / 1000)
      keys.presented.push((ts - key.from) / 1000)
    }
  }
  return keys
}

const queries = [
  'radar reflectivity', 'dropsnode level 3', 'wind speed', 'sea surface temp', 'radiomter', 'rain gauge', 'gloeckner',
  'cieling height', 'temprature profile', 'HALO 2024-08', 'sst', 'aerosol optical'
]

/** Types every query, letter by letter. */
async function typed (page) {
  for (const query of queries) {
    await page.locator('#q').fill('')
    await page.locator('#q').focus()
    // What clearing the box makes of the page is on the screen before anybody types again.
    await page.waitForTimeout(300)
    for (const letter of query) {
      // A key is let go before the next one goes down. The driver's own typing does both in one moment: the frame that
      // the browser makes for the one stands before that of the other, with nothing in it, and costs it a screen's beat.
      await page.keyboard.down(letter)
      await page.waitForTimeout(55)
      await page.keyboard.up(letter)
      await page.waitForTimeout(55)
    }
    await page.waitForTimeout(300)
  }
}

if (wanted('load')) {
  // Until the list can be searched; then what the first query asks for on top, then everything that follows.
  const { context, page } = await visit('')
  const first = await askedBefore(page, 'ready')
  out.ready = await weigh(first.filter(counted))
  for (const kind of ['html', 'css', 'js', 'wasm', 'pfs']) {
    out[kind] = await weigh(first.filter((path) => path.endsWith(`.${kind}`)))
  }
  await context.close()
  const query = await visit('?q=radar')
  out.query = await weigh((await askedBefore(query.page, 'first')).filter(counted))
  await query.page.waitForTimeout(2500)
  out.all = await weigh(query.requests.filter((path) => counted(path) || path.includes('/search/')))
  await query.context.close()
  for (const slow of [false, true]) {
    const [lists, results] = [[], []]
    for (let run = 0; run < 9; run++) {
      const plain = await visit('', { slow })
      lists.push(await noted(plain.cdp, 'list'))
      await plain.context.close()
      const query = await visit('?q=radar', { slow })
      results.push(await noted(query.cdp, 'first'))
      await query.context.close()
    }
    out[slow ? 'slow' : 'fast'] = { list_ms: median(lists), first_ms: median(results) }
  }
}

if (wanted('type')) {
  const { context, page, cdp } = await visit('')
  await page.locator('#search[data-ready]').waitFor({ timeout: 60000 })
  await page.waitForTimeout(1500)
  // Work of the page's thread, whatever else the machine does: all that a key causes, facets and map included.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const work = async () => (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration').value
  const type = () => typed(page)
  // Parts of a split index come in the first round.
  if (Number(process.env.PINFOLD_BENCH_ROUNDS ?? 2) > 1) await type()
  await page.evaluate(() => { globalThis.bench.long.length = 0 })
  const before = await work()
  const { painted, presented } = await keysOf(type)
  const cpu = await work() - before
  const pressed = queries.reduce((sum, query) => sum + query.length, 0)
  if (painted.length < pressed) throw new Error(`of ${pressed} keys only ${painted.length} were seen to be painted`)
  const { long, wasm } = await page.evaluate(() => {
    const { long, memories } = globalThis.bench
    return { long, wasm: memories.reduce((sum, one) => sum + one.buffer.byteLength, 0) }
  })
  if (!(wasm > 0)) throw new Error('the memory of the program was not found')
  await cdp.send('HeapProfiler.collectGarbage')
  const heap = await cdp.send('Runtime.getHeapUsage')
  out.type = {
    keys: painted.length, median_ms: median(painted), p95_ms: part(painted, 0.95), max_ms: Math.max(...painted),
    presented_p95_ms: part(presented, 0.95), cpu_ms: cpu * 1000 / painted.length, long: long.length, longest_ms: Math.max(0, ...long),
    wasm_bytes: wasm, heap_bytes: heap.usedSize + (heap.embedderHeapUsedSize ?? 0)
  }
  await context.close()
}
if (parts.includes('bare')) {
  const lists = []
  for (let run = 0; run < 9; run++) {
    const { context, cdp } = await visit('bare')
    lists.push(await noted(cdp, 'list'))
    await context.close()
  }
  const { context, page } = await visit('bare')
  const { painted } = await keysOf(() => typed(page))
  out.bare = { list_ms: median(lists), median_ms: median(painted), p95_ms: part(painted, 0.95) }
  await context.close()
}
await browser.close()
server.close()
console.log(JSON.stringify(out))
