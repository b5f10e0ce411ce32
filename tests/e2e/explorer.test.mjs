// The explorer: verified blocks become a picture with the values that xarray computed.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, open } from './lib/browser.mjs'
import { root } from './lib/env.mjs'
import { serve } from './lib/serve.mjs'

let browser, server, expected
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()])
  expected = JSON.parse(await readFile(join(root, 'tests/fixtures/demo/expected.json'), 'utf8')).datasets
})
after(async () => { await browser?.close(); await server?.stop() })

/** Opens a view and waits until it is drawn or has failed. */
async function explore (cid, fragment) {
  const visit = await open(browser, [server.origin])
  await visit.page.goto(`${server.origin}/ds/${cid}/${fragment}`)
  await visit.page.locator('#explorer[data-state=ready], #explorer[data-state=failed]').waitFor({ timeout: 30000 })
  return visit
}

/** The dataset of the demo whose title contains `part`. */
const dataset = (part) => Object.entries(expected).find(([, one]) => one.title?.includes(part))

test('a variable is drawn from verified blocks, with the values that xarray sees', async () => {
  for (const [part, name] of [['weather station', 'air_temperature'], ['Cloud radar', 'Zh']]) {
    const [cid, { variables }] = dataset(part)
    const { page, assertOrigins, assertQuiet, close } = await explore(cid, `#explore?variable=${name}`)
    const explorer = page.locator('#explorer')
    assert.equal(await explorer.getAttribute('data-state'), 'ready', await explorer.innerText())
    assert.ok(Number(await explorer.getAttribute('data-verified-blocks')) > 0)
    assert.ok(Number(await explorer.getAttribute('data-verified-bytes')) > 1000)
    assert.ok(await page.locator('#explorer-pictures svg').count() > 0)
    const row = (head) => page.locator('#explorer-pictures tr').filter({ hasText: head }).locator('td').first().innerText()
    assert.equal(Number(await row('values')), variables[name].valid_count)
    assert.ok(Math.abs(Number((await row('smallest')).replace('−', '-')) - variables[name].min) < 0.01)
    assert.ok(Math.abs(Number((await row('largest')).replace('−', '-')) - variables[name].max) < 0.01)
    assertOrigins()
    assertQuiet()
    await close()
  }
})

test('a variable that is not there is said so', async () => {
  const [cid] = dataset('weather station')
  const { page, close } = await explore(cid, '#explore?variable=nonsense')
  assert.equal(await page.locator('#explorer').getAttribute('data-state'), 'failed')
  assert.match(await page.locator('#explorer [role=alert]').first().innerText(), /nonsense is not in this dataset/)
  await close()
})
