// One search: what a shared address shows is what its command prints in a terminal; and what is in the records is text.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { launch, open } from './lib/browser.mjs'
import { demoSite, pinfold } from './lib/env.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'

const shell = promisify(execFile)
let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

const titles = (page) => page.locator('#results .live ol .title:visible').allInnerTexts()

async function visit (origin, path) {
  const visit = await open(browser, [origin])
  await visit.page.goto(`${origin}/${path}`)
  await visit.page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  await visit.page.locator('.live .count:visible').waitFor()
  return visit
}

test('a shared address shows what its command prints', async () => {
  const seen = new Set()
  for (const params of [
    'q=radiosonde&sort=title', 'q=rad', 'q=-lidar', 'q=temp&sort=newest-data', 'q=temp&sort=newest-publication',
    'q=2024', 'q=o%27clock+wind&doi=no', 'time=2024-08-01/2024-08-31', 'bbox=170,-80,-20,80'
  ]) {
    const { page, close } = await visit(server.origin, `?${params}`)
    const shown = await titles(page)
    const command = await page.locator('.live code').last().innerText()
    assert.match(command, /^pinfold search /)
    const here = command.replace('pinfold search', '"$PINFOLD" search --json --limit 50 --site "$SITE"')
    const { stdout } = await shell('sh', ['-c', here], { env: { ...process.env, PINFOLD: pinfold, SITE: demoSite } })
    assert.deepEqual(JSON.parse(stdout).map((one) => one.title), shown.map((title) => title.trim()), command)
    seen.add(shown.join('\n'))
    await close()
  }
  assert.ok(seen.size >= 6, 'the searches differ')
})

test('markup in a record is text in its result, wherever it stands', async () => {
  const markup = '<img src=x onerror=alert(1)>'
  const hours = { shape: [3], dims: ['time'], attrs: { units: 'hours since 2023-12-31', standard_name: 'time' }, data: { 0: doubles([0, 1, 24]) } }
  const files = zarr(`Evil ${markup}`, {
    time: hours,
    evil_variable: { shape: [3], dims: ['time'], attrs: { long_name: `evil ${markup}`, units: 'K' }, data: { 0: doubles([1, 2, 3]) } }
  })
  for (const name of ['.zattrs', '.zmetadata']) {
    const attributes = {
      summary: `An evil summary ${markup}`, keywords: `evil ${markup}`, creator_name: `Evil ${markup}`,
      platform: `Evil ${markup}`, project: `Evil ${markup}`, instrument: `Evil ${markup}`, license: `evil ${markup}`
    }
    const read = JSON.parse(files[name])
    Object.assign(name === '.zattrs' ? read : read.metadata['.zattrs'], attributes)
    files[name] = JSON.stringify(read)
  }
  const made = await catalogue({ evil: files, other: zarr('Another', { time: hours }) })
  const own = await serve({ site: made.site, sources: made.cars })
  try {
    const { page, assertQuiet, close } = await visit(own.origin, '?q=evil')
    // What ran before this line would have written to the console or asked for x.
    page.on('dialog', () => assert.fail('a script ran'))
    assert.deepEqual(await titles(page), [`Evil ${markup}`])
    const card = page.locator('#app-hits > li').first()
    await card.getByText('evil_variable').waitFor()
    const text = await card.innerText()
    assert.ok(text.split(markup).length > 5, text)
    assert.match(text, /variable evil_variable/)
    assert.equal(await page.locator('#results img:not([src^="ds/"]), #results script, #results [onerror], #filters img').count(), 0)
    // The words that were asked for are marked in it.
    assert.ok(await card.locator('mark').count() >= 4)
    await page.locator('#filters').getByText(markup).first().waitFor()
    // Years of the data, as words.
    await page.locator('#q').fill('another 2024')
    await page.waitForFunction(() => document.querySelector('#app-hits .title')?.innerText.trim() === 'Another')
    assert.match(await page.locator('#app-hits > li').first().innerText(), /Found in year 2024/)
    await page.locator('#q').fill('another 2022')
    await page.locator('.help:visible').waitFor()
    assertQuiet()
    await close()
  } finally {
    await own.stop()
    await made.stop()
  }
})

test('an index that never comes is told, and the list stays', { timeout: 90_000 }, async () => {
  const visit = await open(browser, [server.origin])
  const { page } = visit
  const waiting = []
  await page.route(/search\/[a-z0-9]+\.pfs$/, (route) => { waiting.push(route) })
  await page.goto(`${server.origin}/?q=radar`)
  await page.locator('#search .note').filter({ hasText: 'did not arrive within 20 s' }).waitFor({ timeout: 45_000 })
  assert.ok(await page.locator('#results .title:visible').count() >= 6)
  await page.unroute(/search\/[a-z0-9]+\.pfs$/)
  await Promise.all(waiting.map((route) => route.abort().catch(() => {})))
  await page.getByRole('button', { name: 'Load again' }).click()
  await page.locator('#search[data-ready]').waitFor()
  await visit.close()
})
