// Gateways that lie, hang, have nothing, are slow or break off: the visitor still sees the data, and who failed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, explore, siteWith } from './lib/explorer.mjs'
import { badGateway } from './lib/gateways.mjs'
import { freePort } from './lib/process.mjs'
import { serve } from './lib/serve.mjs'

let browser, upstream, cid, variables
before(async () => {
  [browser, upstream] = await Promise.all([launch(), serve()])
  const found = datasetOf(await expectations(), 'weather station')
  cid = found[0]
  variables = found[1].variables
})
after(async () => { await browser?.close(); await upstream?.stop() })

/** Starts gateways and a site that names them, runs `body`, and stops them. */
async function among (kinds, body, options = {}) {
  const gateways = await Promise.all(kinds.map((how) => badGateway(upstream.origin, how)))
  const site = await siteWith(gateways.map(({ origin }) => origin), options)
  const allowed = gateways.map(({ origin }) => origin)
  const see = (fragment, more = {}) => explore(browser, site.origin, cid, fragment, { allowed, ...more })
  try {
    await body(see, gateways, site)
  } finally {
    await Promise.all([site.stop(), ...gateways.map((gateway) => gateway.stop())])
  }
}

const asked = (gateway) => gateway.requests.filter(({ url }) => !url.includes('bafkqaaa')).length

test('one that lies is named, not asked again, and the next one gives the data', () => among(['lie', 'plain'], async (see, [liar, good]) => {
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  const named = visit.page.locator('[aria-labelledby=explore-verified] [role=alert]')
  assert.match(await named.innerText(), new RegExp(`${liar.origin} sent wrong bytes`))
  assert.match(await visit.source(liar.origin), /sent wrong bytes/)
  const before = asked(liar)
  assert.ok(before > 0, 'the liar was asked')
  assert.equal(await visit.go('#explore?variable=wind_speed'), 'ready')
  await assertValues(visit.statistic, variables.wind_speed, 'wind_speed')
  assert.equal(asked(liar), before, 'the liar was asked again')
  assert.ok(asked(good) > 0)
  visit.assertOrigins()
  visit.assertQuiet([/404/])
  await visit.close()
}))

test('one that hangs costs a moment only', () => among(['hang', 'plain'], async (see, [hung]) => {
  const started = Date.now()
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  assert.ok(Date.now() - started < 10000, `${Date.now() - started} ms`)
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  assert.match(await visit.source(hung.origin), /did not answer in time/)
  await visit.close()
}))

test('one that has nothing is passed over', () => among(['404', 'plain'], async (see, [empty]) => {
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  assert.match(await visit.source(empty.origin), /does not have this dataset/)
  await visit.close()
}))

test('one that breaks off in the middle of a block is not believed', () => among(['cut', 'plain'], async (see, [cut]) => {
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  assert.match(await visit.source(cut.origin), /broke off|no connection/)
  await visit.close()
}))

test('one at 200 ms alone is enough', () => among(['slow'], async (see, [slow]) => {
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
  assert.match(await visit.source(slow.origin), /2\d\d ms/)
  await visit.close()
}))

test('when all are dead, the visitor is told so within the deadline, with what to do next', async () => {
  const refused = `http://127.0.0.1:${await freePort()}`
  const cases = [
    // Who lies leaves nobody: that is another message than nobody answering.
    [['lie'], /wrong bytes/i, 25000],
    [['404'], /did not arrive/i, 25000],
    [['cut'], /did not arrive/i, 25000],
    [['hang'], /did not arrive/i, 40000]
  ]
  await Promise.all(cases.map(([kinds, message, timeout]) => among(kinds, async (see) => {
    const visit = await see('#explore?variable=air_temperature', { timeout })
    assert.equal(visit.state, 'failed', kinds.join())
    assert.match(await visit.alert(), message, kinds.join())
    for (const name of ['Try again', 'Ask my own node at 127.0.0.1']) {
      assert.ok(await visit.page.locator('.stack').getByRole('button', { name }).isVisible(), `${kinds}: ${name}`)
    }
    for (const name of ['Add a gateway', 'Use the peer']) {
      assert.ok(await visit.page.locator('.stack').getByRole('link', { name }).isVisible(), `${kinds}: ${name}`)
    }
    assert.equal(await visit.page.locator('.stack code').innerText(), `ipfs get ${cid}\n`, kinds.join())
    assert.equal(await visit.page.locator('#explorer progress').count(), 0, 'no spinner is left')
    await visit.close()
  })))
  const site = await siteWith([refused])
  try {
    const visit = await explore(browser, site.origin, cid, '#explore?variable=air_temperature', { allowed: [refused] })
    assert.equal(visit.state, 'failed')
    assert.match(await visit.alert(), /did not arrive/)
    assert.match(await visit.alert(), new RegExp(refused))
    await visit.close()
  } finally {
    await site.stop()
  }
})

test('the network is lost between two variables: told, and drawn when it is back', () => among(['plain'], async (see, [gateway], site) => {
  const visit = await see('#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  const { port } = new URL(gateway.origin)
  await gateway.stop()
  assert.equal(await visit.go('#explore?variable=wind_speed'), 'failed')
  assert.match(await visit.alert(), /did not arrive/)
  const back = await badGateway(upstream.origin, 'plain', { port: Number(port) })
  try {
    await visit.page.locator('.stack').getByRole('button', { name: 'Try again' }).click()
    await visit.page.locator('#explorer[data-state=ready]').waitFor({ timeout: 10000 })
    await assertValues(visit.statistic, variables.wind_speed, 'wind_speed')
  } finally {
    await back.stop()
  }
  await visit.close()
}))

test('a server that answers neither the probe nor for meta.car stops nothing', () => {
  const instead = { '/ipfs/bafkqaaa': null, [`/ds/${cid}/meta.car`]: null, [`/ds/${cid}/record.json`]: null }
  return among(['plain'], async (see) => {
    const started = Date.now()
    const visit = await see('#explore?variable=air_temperature')
    assert.equal(visit.state, 'ready', await visit.explorer.innerText())
    // Each of the three is waited for longer than that, but nothing waits for them.
    assert.ok(Date.now() - started < 4500, `${Date.now() - started} ms`)
    await assertValues(visit.statistic, variables.air_temperature, 'air_temperature')
    await visit.close()
  }, { instead })
})
