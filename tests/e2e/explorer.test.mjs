// The explorer: verified blocks become a picture with the values that xarray computed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, explore } from './lib/explorer.mjs'
import { serve } from './lib/serve.mjs'

let browser, server, expected
before(async () => { [browser, server, expected] = await Promise.all([launch(), serve(), expectations()]) })
after(async () => { await browser?.close(); await server?.stop() })

test('every variable of every dataset is drawn with the values that xarray sees', { timeout: 180000 }, async () => {
  let drawn = 0
  for (const [cid, { title, variables }] of Object.entries(expected)) {
    if (variables === undefined || title.includes('preliminary')) continue
    // Numbers with a dimension; times are compared where they are axes.
    const wanted = Object.entries(variables).filter(([, one]) => one.valid_count !== undefined && one.shape.length > 0)
    let visit
    for (const [name, one] of wanted) {
      const fragment = `#explore?variable=${name}`
      visit ??= await explore(browser, server.origin, cid, '#explore')
      assert.equal(await visit.go(fragment), 'ready', `${title}: ${name}: ${await visit.explorer.innerText()}`)
      assert.ok(await visit.page.locator('#explorer-pictures svg').count() > 0)
      await assertValues(visit.statistic, one.middle ?? one, `${title}: ${name}`)
      drawn++
    }
    assert.ok(await visit.verified() > 0)
    assert.ok(Number(await visit.explorer.getAttribute('data-verified-bytes')) > 1000)
    visit.assertOrigins()
    visit.assertQuiet()
    await visit.close()
  }
  assert.ok(drawn > 50, `only ${drawn} variables`)
})

test('a variable that is not there is said so', async () => {
  const [cid] = datasetOf(expected, 'weather station')
  const visit = await explore(browser, server.origin, cid, '#explore?variable=nonsense')
  assert.equal(visit.state, 'failed')
  assert.match(await visit.alert(), /nonsense is not in this dataset/)
  assert.match(await visit.alert(), /another version/)
  await visit.close()
})
