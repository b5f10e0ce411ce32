// What a visit loads and whom it asks, and when: nothing for the explorer before it is opened, no peer before it is
// switched on; and what happens where a worker may have no worker of its own.
import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, open } from './lib/browser.mjs'
import { demoSite } from './lib/env.mjs'
import { assertValues, datasetOf, expectations, reading, settled, siteWith } from './lib/explorer.mjs'
import { serve } from './lib/serve.mjs'

const variable = 'air_temperature'
let browser, server, cid, values
before(async () => {
  let expected
  ;[browser, server, expected] = await Promise.all([launch(), serve(), expectations()])
  const [found, dataset] = datasetOf(expected, 'weather station')
  cid = found
  values = dataset.variables[variable]
})
after(async () => { await browser?.close(); await server?.stop() })

test('a landing page asks no gateway and loads no program until the explorer is opened, no peer until it is switched on', async () => {
  const visit = await open(browser, [server.origin])
  const { page, requests } = visit
  await page.goto(`${server.origin}/ds/${cid}/`)
  await page.waitForLoadState('networkidle')
  const heavy = (url) => /\.wasm|helia|peer-|receive-|\/ipfs\//.test(url)
  assert.deepEqual(requests.filter(heavy), [])
  await page.evaluate((name) => { location.hash = `#explore?variable=${name}` }, variable)
  await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 20000 })
  assert.ok(requests.some((url) => url.includes('/ipfs/bafkqaaa')), 'now its own server is asked whether it is a gateway')
  assert.deepEqual(requests.filter((url) => /helia|peer-/.test(url)), [])
  await assertValues(reading(page).statistic, values, variable)
  visit.assertQuiet()
  await visit.close()
})

test('where the explorer’s worker may have no worker of its own, it receives by itself', async () => {
  let asked = 0
  // A worker is made of this file, which does not come, late enough that blocks are asked for by then; the second time
  // it is imported, and no question was lost.
  const file = (await readdir(join(demoSite, 'assets'))).find((name) => name.startsWith('receive-'))
  const script = await readFile(join(demoSite, 'assets', file))
  const answer = (response) => asked++ === 0
    ? setTimeout(() => response.writeHead(404).end(), 3000)
    : response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  const site = await siteWith([server.origin], { instead: { [`/assets/${file}`]: answer } })
  const visit = await open(browser, [site.origin, server.origin])
  const { page } = visit
  await page.goto(`${site.origin}/ds/${cid}/#explore?variable=${variable}`)
  assert.equal(await settled(page, 12000), 'ready', await page.locator('#explorer').innerText())
  assert.equal(asked, 2, 'the file was asked for once more')
  await assertValues(reading(page).statistic, values, variable)
  await visit.close()
  await site.stop()
})
