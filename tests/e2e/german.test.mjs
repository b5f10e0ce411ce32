// The catalogue of a site with `language: de`: its own words are German, with and without JavaScript.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, open } from './lib/browser.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { search } from './lib/search.mjs'
import { staticServer } from './lib/static.mjs'

/** A track near Barbados on some day, with words that are the dataset's own. */
function track (title, lon, day) {
  const axis = (standard, units) => ({ shape: [3], dims: ['time'], attrs: { standard_name: standard, units } })
  return zarr(title, {
    time: { ...axis('time', 'days since 2024-01-01'), data: { 0: doubles([day, day + 1, day + 2]) } },
    lat: { ...axis('latitude', 'degrees_north'), data: { 0: doubles([12, 13, 14]) } },
    lon: { ...axis('longitude', 'degrees_east'), data: { 0: doubles([lon, lon + 1, lon + 2]) } },
    ta: { ...axis('air_temperature', 'K'), data: { 0: doubles([300, 301, 302]) } }
  })
}

/** What an English page would say; the datasets' own texts have none of it. */
const english = new RegExp(String.raw`\b(${[
  'search', 'searching', 'the', 'and', 'of', 'datasets?', 'variables', 'sorted', 'sort', 'by', 'found in', 'without',
  'matches', 'match', 'more', 'fewer', 'filters', 'map', 'when', 'where', 'clear', 'from', 'to', 'box', 'show', 'all',
  'each', 'catalogue', 'skip', 'published', 'browse', 'take', 'list', 'terminal:? same', 'remove', 'suggestions', 'pages',
  'relevance', 'newest', 'title', 'licence', 'campaign', 'platform', 'platforms', 'people', 'keyword', 'source', 'footer',
  'site', 'most', 'at once', 'hits', 'data', 'may', 'oct', 'dec'
].join('|')})\b`, 'i')

/** What is read or read out in the page, without the datasets' own words and the line for the terminal. */
const texts = (page) => page.evaluate(() => {
  const own = new Set([...document.querySelectorAll('.title, .mono, mark, code, .meta.own, title')])
  const out = []
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) out.push(node.data)
    if (node.nodeType !== Node.ELEMENT_NODE || own.has(node) || ['SCRIPT', 'STYLE'].includes(node.tagName)) return
    for (const name of ['aria-label', 'placeholder', 'alt', 'title']) if (node.hasAttribute(name)) out.push(node.getAttribute(name))
    node.childNodes.forEach(walk)
  }
  walk(document.body)
  return out.map((text) => text.trim()).filter(Boolean)
})

async function assertGerman (page) {
  const all = await texts(page)
  assert.ok(all.length > 20, `only ${all.length} texts in the page`)
  const left = all.filter((text) => english.test(text))
  assert.deepEqual(left, [], 'English words in a German page')
}

let browser, made, server
before(async () => {
  browser = await launch()
  made = await catalogue({
    ta: track('Lufttemperatur <Meteor>', -58, 221),
    tb: track('Lufttemperatur HALO', -50, 140),
    tc: track('Radarecho HALO', -40, 240)
  }, 'title: Messdaten\nlanguage: de\npublisher: {name: Institut}\ngateways: []\n')
  server = await staticServer(made.site)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await made?.stop()
})

test('without JavaScript the catalogue and its lists are German', async () => {
  const visit = await open(browser, [server.origin], { javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`${server.origin}/`)
  const html = await page.content()
  assert.match(html, /<html lang="de"/)
  for (const said of ['3 Datensätze', 'Sortiert nach Titel', 'Zum Inhalt springen', '>9. Aug.</time> – ', '>11. Aug. 2024</time>']) {
    assert.ok(html.includes(said), `“${said}” is not in the page`)
  }
  // Hidden parts, for those who listen, too.
  await assertGerman(page)
  const label = await page.locator('label[for=q]').textContent()
  assert.equal(label, 'Suchen nach Wort, Variable, Plattform, Person, Datum oder Kennung')
  assert.ok((await page.locator('body').innerText()).includes('Die Suche braucht JavaScript.'))
  await page.goto(`${server.origin}/variable/air-temperature/`)
  assert.equal(await page.locator('#h-hits').textContent(), '3 Datensätze')
  await assertGerman(page)
  visit.assertOrigins()
  await visit.close()
})

test('the landing page says that its own words are English', async () => {
  const html = await (await fetch(`${server.origin}/ds/${made.cids.ta}/`)).text()
  assert.match(html, /<html lang="de"/)
  assert.match(html, /<main id="main" class="wrap" lang="en">/)
  assert.ok(!html.includes('id="words"'), 'the table is in the catalogue page only')
})

test('the search speaks German from the first letter to the export', async () => {
  const visit = await open(browser, [server.origin], { acceptDownloads: true })
  const { page } = visit
  await page.goto(`${server.origin}/`)
  await page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  const count = page.locator('[data-part=count]')
  await search(page, 'lufttemperatur')
  assert.equal(await count.textContent(), '2 von 3 Datensätzen passen')
  await page.locator('#filters #h-when').waitFor()
  assert.equal((await page.locator('#h-when').innerText()).split(' ')[0], 'Wann')
  await page.locator('#app-where svg[role=img]').waitFor()
  await page.locator('#filters label:has(input[data-facet])').first().waitFor()
  await assertGerman(page)

  // A facet, and its chip.
  await page.locator('#filters summary').getByText('Variable', { exact: true }).waitFor()
  await page.locator('#filters input[data-facet=variable]').first().check()
  await page.waitForURL(/variable=/)
  const chip = page.locator('.chip').first()
  await chip.waitFor()
  assert.match(await chip.innerText(), /^Variable: /)
  assert.match(await chip.locator('.vh').textContent(), / entfernen$/)

  // A time range is told with a German date.
  await page.locator('#d0').fill('2024-05-01')
  await page.locator('#d0').dispatchEvent('change')
  await page.locator('.chip', { hasText: 'Zeit: ab 1. Mai 2024' }).waitFor()
  await assertGerman(page)

  // Orders keep their names in the address.
  await page.locator('.sorts button', { hasText: 'Titel' }).click()
  await page.waitForURL(/sort=title/)

  // A file of the list keeps its columns' names.
  await page.getByText('Liste speichern:').waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-take=csv]').click()])
  assert.equal(download.suggestedFilename(), 'datasets.csv')

  await page.goto(`${server.origin}/?q=quixotisch`)
  await page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  await page.getByText('Kein Datensatz passt zu quixotisch.').waitFor()
  assert.equal(await count.textContent(), 'Keiner von 3 Datensätzen passt')
  await page.getByRole('link', { name: 'Alle 3 Datensätze anzeigen' }).waitFor()
  await assertGerman(page)
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
})

test('an index that does not come is told in German', async () => {
  const path = /data-index="([^"]+)"/.exec(await (await fetch(`${server.origin}/`)).text())[1]
  const broken = await staticServer(made.site, '', { [`/${path}`]: 'no index' })
  const visit = await open(browser, [broken.origin])
  await visit.page.goto(`${broken.origin}/`)
  const note = visit.page.locator('#search .note.warn')
  await note.waitFor({ timeout: 20000 })
  assert.match(await note.innerText(), /^Die Suche ist nicht verfügbar: der Index ist nicht lesbar\..*Erneut laden/s)
  await visit.close()
  await broken.stop()
})

test('axe finds nothing serious in the German catalogue', async () => {
  const visit = await open(browser, [server.origin])
  await visit.page.goto(`${server.origin}/?q=lufttemperatur`)
  await visit.page.locator('#filters #h-when').waitFor({ timeout: 20000 })
  await assertAccessible(visit.page)
  await visit.close()
})
