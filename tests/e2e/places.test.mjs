// The same site at a domain's root, under /repo/ and under /ipfs/<cid>/: all links followed, search used.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, open } from './lib/browser.mjs'
import { crawl } from './lib/crawl.mjs'
import { demoCar, demoSite, kubo as program, pinfold } from './lib/env.mjs'
import { kubo } from './lib/kubo.mjs'
import { run } from './lib/process.mjs'
import { search } from './lib/search.mjs'
import { serve } from './lib/serve.mjs'
import { staticServer } from './lib/static.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser?.close())

async function check (base) {
  const { pages, addresses, broken } = await crawl(base, base)
  assert.deepEqual(broken, [])
  assert.ok(pages.length > 10, `only ${pages.length} pages were found`)
  assert.ok(addresses.some((address) => address.endsWith('record.json')), 'no record is linked')
  const visit = await open(browser, [new URL(base).origin])
  await visit.page.goto(base)
  assert.match((await search(visit.page, 'dropsonde'))[0] ?? '', /dropsonde/i)
  await visit.page.getByRole('main').getByRole('link', { name: /dropsonde/i }).first().click()
  await visit.page.waitForURL(/\/ds\//)
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
}

test('at the root, by pinfold serve', { timeout: 120000 }, async () => {
  const server = await serve()
  try { await check(`${server.origin}/`) } finally { await server.stop() }
})

test('under /repo/', { timeout: 120000 }, async () => {
  const server = await staticServer(demoSite, '/repo')
  try { await check(`${server.origin}/repo/`) } finally { await server.stop() }
})

test("under /ipfs/<cid>/ through Kubo's gateway, by pinfold deploy", { timeout: 180000 }, async (t) => {
  if (!program) return t.skip('no Kubo: `cargo xtask tools` builds it with Go')
  const node = await kubo()
  try {
    await node.start()
    const args = ['deploy', '--api', node.api, '--site', demoSite, '--source', demoCar]
    const { stdout } = await run(pinfold, args)
    await check(`${node.origin}${stdout.trim()}/`)
  } finally {
    await node.stop()
  }
})
