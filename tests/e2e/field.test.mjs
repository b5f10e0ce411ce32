// In the field: plain http at an address of the local network, so no secure context, and nothing else to be reached.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { assertAccessible, flags, launch, open } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, reading, settled } from './lib/explorer.mjs'
import { search } from './lib/search.mjs'
import { demoCar } from './lib/env.mjs'
import { serve } from './lib/serve.mjs'

/** This machine's own address in a network, or undefined where it has loopback only. */
const own = () => Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)?.address

/** Serves the demo away from loopback, in a browser that reaches this machine only. */
async function field (body, more = []) {
  const host = own()
  // Where there is no network, the browser alone knows a name for loopback.
  const seen = (server) => host ? server.origin : server.origin.replace('127.0.0.1', 'field.test')
  const server = await serve(host ? { host } : {})
  const others = await Promise.all(more.map((sources) => serve({ sources, ...(host && { host }) })))
  const origin = seen(server)
  const rules = host ? `MAP * ~NOTFOUND, EXCLUDE ${host}` : 'MAP field.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
  const browser = await launch({ args: [...flags, `--host-resolver-rules=${rules}`] })
  try {
    const visit = await open(browser, [origin, ...others.map(seen)])
    await body(visit, origin, others.map(seen))
    visit.assertOrigins()
    await visit.close()
  } finally {
    await browser.close()
    await Promise.all([server, ...others].map((one) => one.stop()))
  }
}

test('catalogue and search work without a secure context', { timeout: 120000 }, () => field(async ({ page }, origin) => {
  await page.goto(`${origin}/`)
  assert.equal(await page.evaluate(() => globalThis.isSecureContext), false)
  assert.match((await search(page, 'radar'))[0] ?? '', /radar/i)
}))

test('plots, numbers, copies and downloads work, and the peer says why it does not', { timeout: 120000 }, () => field(async ({ page, assertQuiet }, origin) => {
  const [cid, { variables }] = datasetOf(await expectations(), 'weather station')
  await page.goto(`${origin}/ds/${cid}/#explore?variable=air_temperature`)
  assert.equal(await settled(page), 'ready', await page.locator('#explorer').innerText())
  assert.equal(await page.evaluate(() => globalThis.crypto.subtle), undefined)
  const { statistic, verified, go } = reading(page)
  await assertValues(statistic, variables.air_temperature, 'air_temperature')
  assert.ok(await verified() > 5, 'hashed without the browser\'s own SHA-256')
  assert.match(await page.locator('#explorer details', { hasText: 'plain http, so blocks are hashed' }).first().textContent(), /just as strict/)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[aria-labelledby=explore-take]').getByRole('button', { name: 'CSV', exact: true }).click()
  ])
  assert.match(await readFile(await download.path(), 'utf8'), /air_temperature/)
  const [car] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CAR', exact: true }).click()
  ])
  assert.ok((await readFile(await car.path())).length > 50000)

  await page.getByText('IPFS peer in this page').click()
  assert.match(await page.locator('[aria-labelledby=explore-sources]').innerText(), /Not available here: this page came over plain http/)
  assert.equal(await page.locator('#explore-peer').count(), 0)

  await assertAccessible(page)
  // There is no clipboard API here: what was copied is pasted.
  const box = page.locator('[data-copy="the citation"]')
  await box.getByRole('button', { name: 'Copy' }).click()
  assert.match(await box.getByRole('button').innerText(), /copied/i)
  await page.locator('#explore-find').focus()
  await page.keyboard.press('Control+V')
  const words = (text) => text.replace(/\s+/g, ' ').trim()
  assert.equal(words(await page.locator('#explore-find').inputValue()), words(await box.locator('.all').innerText()))
  await page.locator('#explore-find').fill('')

  assert.equal(await go('#explore?variable=wind_speed'), 'ready')
  await assertValues(statistic, variables.wind_speed, 'wind_speed')
  assertQuiet()
}))

test('a gateway at plain http in the network is asked from a page at plain http', { timeout: 60000 }, () => field(async ({ page, assertQuiet }, origin, [gateway]) => {
  const [cid, { variables }] = datasetOf(await expectations(), 'weather station')
  await page.goto(`${origin}/ds/${cid}/#explore?variable=air_temperature`)
  assert.equal(await settled(page), 'ready', await page.locator('#explorer').innerText())
  await page.locator('#explore-gateway').fill(gateway)
  await page.locator('#explore-gateway').press('Enter')
  await page.locator('[aria-labelledby=explore-sources] tr', { hasText: gateway }).waitFor({ timeout: 8000 })
  assert.equal(await page.locator('[aria-labelledby=explore-sources] [role=alert]').innerText(), '')
  await assertValues(reading(page).statistic, variables.air_temperature, 'air_temperature')
  // The page's policy lets it: a violation would be an error in the console.
  assertQuiet()
}, [[demoCar]]))
