// What fails is told where it belongs, and says what to do next: a gateway beside its field, files beside their
// buttons, a view in its place. A picture that is drawn stays one.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { assertAccessible, launch } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, explore, siteWith } from './lib/explorer.mjs'
import { freePort } from './lib/process.mjs'
import { serve } from './lib/serve.mjs'

let browser, server, cid, variables
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()])
  const found = datasetOf(await expectations(), 'weather station')
  cid = found[0]
  variables = found[1].variables
})
after(async () => { await browser?.close(); await server?.stop() })

/** A web server that answers everything like this and lets other sites read it. */
async function webServer (status) {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'access-control-allow-origin': '*', 'content-type': 'text/html' }).end('<!doctype html><title>x</title>')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close() } }
}

test('a gateway that is none is told beside its field, and the picture stays', { timeout: 60000 }, async () => {
  const refused = `http://127.0.0.1:${await freePort()}`
  const [start, empty, good] = await Promise.all([webServer(200), webServer(404), serve()])
  const own = 'http://127.0.0.1:8080'
  const visit = await explore(browser, server.origin, cid, '#explore?variable=air_temperature', {
    allowed: [refused, start.origin, empty.origin, good.origin, own]
  })
  const { page } = visit
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  // No node of this machine answers.
  await page.context().route(`${own}/**`, (route) => route.abort('connectionrefused'))
  await page.evaluate(() => {
    const host = document.getElementById('explorer')
    globalThis.states = []
    new MutationObserver(() => globalThis.states.push(host.dataset.state)).observe(host, { attributeFilter: ['data-state'] })
  })
  const said = page.locator('[aria-labelledby=explore-sources] [role=alert]')
  const stays = async (what) => {
    assert.deepEqual(await page.evaluate(() => globalThis.states.filter((state) => state !== 'ready')), [], what)
    assert.equal(await page.locator('#explorer .stack > [role=alert]').count(), 0, what)
    await assertValues(visit.statistic, variables.air_temperature, what)
  }
  const add = async (address) => {
    await page.locator('#explore-gateway').fill(address)
    await page.locator('#explore-gateway').press('Enter')
  }
  for (const [address, words] of [
    ['gateway.example', /An address such as https:\/\/gateway\.example is needed/],
    [refused, /Not added: .*no connection/],
    [start.origin, /Not added: .*web server, but no IPFS gateway/],
    [empty.origin, /Not added: .*answers, but is no IPFS gateway/]
  ]) {
    await add(address)
    await said.filter({ hasText: words }).waitFor({ timeout: 8000 })
    if (address.includes('127')) assert.ok((await said.innerText()).includes(address), await said.innerText())
    await stays(address)
    assert.equal(await page.locator('[aria-labelledby=explore-sources] th', { hasText: address }).count(), 0, `${address} is listed`)
  }
  await page.locator('[aria-labelledby=explore-sources]').getByRole('button', { name: 'Ask my own node' }).click()
  await said.filter({ hasText: /Not added: http:\/\/127\.0\.0\.1:8080 .*no connection/ }).waitFor({ timeout: 8000 })
  await stays('own node')
  await assertAccessible(page)
  await add(`${good.origin}/`)
  await page.locator('[aria-labelledby=explore-sources] th', { hasText: good.origin }).waitFor({ timeout: 8000 })
  assert.equal(await said.innerText(), '')
  await stays(good.origin)
  visit.assertOrigins()
  visit.assertQuiet([/Failed to load resource/])
  await visit.close()
  await good.stop()
  start.stop()
  empty.stop()
})

test('where nobody answers, a gateway that is added draws the picture, and one that is none is told at hand', { timeout: 60000 }, async () => {
  const refused = `http://127.0.0.1:${await freePort()}`
  const [site, good] = await Promise.all([siteWith([refused]), serve()])
  const visit = await explore(browser, site.origin, cid, '#explore?variable=air_temperature', { allowed: [refused, good.origin] })
  const { page } = visit
  assert.equal(visit.state, 'failed')
  const trouble = page.locator('#explorer .stack > [role=alert]')
  // The links lead to the fields.
  await trouble.getByRole('link', { name: 'Use the peer' }).click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'explore-peer')
  assert.ok(await page.locator('#explore-peer').isVisible(), 'the peer is folded up')
  await trouble.getByRole('link', { name: 'Add a gateway' }).click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'explore-gateway')
  assert.equal(new URL(page.url()).hash, '#explore?variable=air_temperature', 'the address is still that of the view')
  await page.locator('#explore-gateway').fill(site.origin)
  await page.locator('#explore-gateway').press('Enter')
  await trouble.getByText(/Not added/).waitFor()
  await page.locator('#explore-gateway').fill(good.origin)
  await page.locator('#explore-gateway').press('Enter')
  await page.locator('#explorer[data-state=ready]').waitFor({ timeout: 15000 })
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  assert.equal(await trouble.count(), 0)
  await visit.close()
  await Promise.all([site.stop(), good.stop()])
})

test('what is not there leads to what is', { timeout: 60000 }, async () => {
  const visit = await explore(browser, server.origin, cid, '#explore?variable=nonsense')
  assert.equal(visit.state, 'failed')
  const trouble = visit.page.locator('#explorer .stack > [role=alert]')
  assert.equal(await trouble.locator('code').innerText(), `ipfs ls ${cid}\n`)
  await assertAccessible(visit.page)
  await trouble.getByRole('link', { name: 'Show what is there' }).click()
  await visit.page.locator('#explorer[data-state=ready]').waitFor({ timeout: 10000 })
  assert.ok(await visit.page.locator('#explorer-pictures svg').count() > 0)
  assert.equal(await trouble.count(), 0)
  await visit.close()
})
