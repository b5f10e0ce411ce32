// The catalogue page: everything without JavaScript, search on top of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, open } from './lib/browser.mjs'
import { search, shown } from './lib/search.mjs'
import { serve } from './lib/serve.mjs'

let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

/** Titles and addresses of the datasets that pins.json and the pages know. */
async function datasets () {
  const html = await (await fetch(`${server.origin}/`)).text()
  return [...new Set([...html.matchAll(/href="(?:\.\/)?(ds\/[a-z0-9]+\/)[^"]*"/g)].map((match) => match[1]))]
}

test('plain HTML lists the demo datasets and leads to their pages', async () => {
  const pages = await datasets()
  assert.ok(pages.length >= 6, `only ${pages.length} datasets are linked`)
  for (const path of pages) {
    const response = await fetch(`${server.origin}/${path}`)
    assert.equal(response.status, 200, path)
    const html = await response.text()
    const record = await (await fetch(`${server.origin}/${path}record.json`)).json()
    assert.equal(record.schema, 'pinfold-record/1')
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1].replace(/<[^>]+>/g, '').replace(/\s+/g, ' ').trim()
    assert.ok(title && title.length > 3, `${path} has no heading`)
    for (const variable of record.variables.slice(0, 3)) {
      assert.ok(html.includes(variable.name), `${path} does not show the variable ${variable.name}`)
    }
  }
})

test('a browser without JavaScript sees all datasets', async () => {
  const visit = await open(browser, [server.origin], { javaScriptEnabled: false })
  await visit.page.goto(`${server.origin}/`)
  const links = await visit.page.locator('a[href*="ds/"]').count()
  assert.ok(links >= (await datasets()).length)
  visit.assertOrigins()
  await visit.close()
})

test('the search box finds by word and tolerates a typing error', async () => {
  for (const query of ['dropsonde', 'dropsnde']) {
    const visit = await open(browser, [server.origin])
    await visit.page.goto(`${server.origin}/`)
    const all = await shown(visit.page)
    const found = await search(visit.page, query)
    assert.match(found[0] ?? '', /dropsonde/i, `${query} found ${found}`)
    assert.ok(found.length < all.length, `${query} left all ${all.length} datasets in the list`)
    visit.assertOrigins()
    visit.assertQuiet()
    await visit.close()
  }
})

test('axe finds nothing serious in light and dark', async () => {
  const visit = await open(browser, [server.origin])
  await visit.page.goto(`${server.origin}/`)
  await assertAccessible(visit.page)
  const [path] = await datasets()
  await visit.page.goto(`${server.origin}/${path}`)
  await assertAccessible(visit.page)
  visit.assertOrigins()
  await visit.close()
})
