// Pagefind over the same records: `measure.mjs SITE OUT`, one JSON object out.
//
// Makes an HTML page of every dataset that the index of SITE's catalogue page lists (RECORDS.json: title, people,
// platform, keywords, variables, summary), indexes them with Pagefind, and counts the bytes that its own script asks
// for until the first ten results of a query can be shown. Pagefind compresses its files itself.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))
const { chromium } = require('playwright-core')
const [records, out] = process.argv.slice(2)
const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;')

rmSync(out, { recursive: true, force: true })
const list = JSON.parse(readFileSync(records, 'utf8'))
list.forEach((record, number) => {
  const dir = join(out, 'ds', String(number))
  mkdirSync(dir, { recursive: true })
  const rows = ['people', 'platforms', 'campaigns', 'keywords', 'variables', 'summary']
  const body = rows.map((row) => `<p>${escape([record[row]].flat().join(', '))}</p>`).join('')
  writeFileSync(join(dir, 'index.html'),
    `<!doctype html><html lang="en"><title>${escape(record.title)}</title><body><h1>${escape(record.title)}</h1>${body}</body></html>`)
})
writeFileSync(join(out, 'index.html'), '<!doctype html><html lang="en"><title>x</title><body data-pagefind-ignore></body></html>')
const started = performance.now()
const made = spawnSync(join(here, 'node_modules/.bin/pagefind'), ['--site', out], { encoding: 'utf8' })
if (made.status !== 0) throw new Error(made.stderr || made.stdout)
const indexMs = performance.now() - started

const asked = []
const server = createServer((request, response) => {
  const path = join(out, decodeURIComponent(new URL(request.url, 'http://x').pathname))
  try {
    const file = statSync(path).isDirectory() ? join(path, 'index.html') : path
    const bytes = readFileSync(file)
    if (file.includes('/pagefind/')) asked.push(file)
    const type = { '.js': 'text/javascript', '.html': 'text/html', '.wasm': 'application/wasm' }[extname(file)]
    response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(bytes)
  } catch {
    response.writeHead(404).end()
  }
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({
  executablePath: process.env.PINFOLD_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic']
})
const weigh = () => {
  const sum = { raw: 0, br: 0 }
  for (const file of new Set(asked)) {
    const bytes = readFileSync(file)
    sum.raw += bytes.length
    sum.br += Math.min(bytes.length, brotliCompressSync(bytes).length)
  }
  return sum
}
const zero = []
let first
for (const query of ['radar', 'radiomter', 'dropsnode', 'gloeckner', 'wind_speed', 'SST', 'IWV', 'water vapour']) {
  asked.length = 0
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${origin}/`)
  const hits = await page.evaluate(async ([query]) => {
    const pagefind = await import('/pagefind/pagefind.js')
    await pagefind.init?.()
    const found = await pagefind.search(query)
    await Promise.all(found.results.slice(0, 10).map((one) => one.data()))
    return found.results.length
  }, [query])
  first ??= weigh()
  if (hits === 0) zero.push(query)
  await context.close()
}
await browser.close()
server.close()
console.log(JSON.stringify({ index_ms: indexMs, query: first, zero }))
