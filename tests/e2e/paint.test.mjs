// The largest contentful paint. The aims are 0.5 s from a local server and 1 s at 10 Mbit/s with 40 ms; `cargo xtask
// bench site` holds the figures against them. A machine that runs other tests at the same time gets twice as long.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from './lib/browser.mjs'
import { best, slow } from './lib/paint.mjs'
import { serve } from './lib/serve.mjs'

let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

async function check (context, url) {
  const fast = await best(browser, url)
  const far = await best(browser, url, slow)
  context.diagnostic(`local ${Math.round(fast.ms)} ms (${fast.what}), 10 Mbit/s ${Math.round(far.ms)} ms (${far.what})`)
  assert.ok(fast.ms > 0 && fast.ms < 1000, `local: ${fast.ms} ms`)
  assert.ok(far.ms > 40 && far.ms < 2000, `10 Mbit/s, 40 ms: ${far.ms} ms`)
}

test('catalogue page', { timeout: 120000 }, (context) => check(context, `${server.origin}/`))

test('landing page', { timeout: 120000 }, async (context) => {
  const html = await (await fetch(`${server.origin}/`)).text()
  const path = /href="(?:\.\/)?(ds\/[a-z0-9]+\/)/.exec(html)?.[1]
  assert.ok(path, 'the catalogue page links no dataset')
  await check(context, `${server.origin}/${path}`)
})
