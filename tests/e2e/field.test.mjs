// In the field: plain http under a name that is not loopback, so no secure context.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flags, launch, open } from './lib/browser.mjs'
import { search } from './lib/search.mjs'
import { serve } from './lib/serve.mjs'

test('catalogue and search work without a secure context', { timeout: 120000 }, async () => {
  const server = await serve()
  // The browser alone knows the name; the server stays on loopback.
  const browser = await launch({ args: [...flags, '--host-resolver-rules=MAP field.test 127.0.0.1'] })
  try {
    const origin = server.origin.replace('127.0.0.1', 'field.test')
    const visit = await open(browser, [origin])
    await visit.page.goto(`${origin}/`)
    assert.equal(await visit.page.evaluate(() => globalThis.isSecureContext), false)
    assert.match((await search(visit.page, 'radar'))[0] ?? '', /radar/i)
    visit.assertOrigins()
    await visit.close()
  } finally {
    await browser.close()
    await server.stop()
  }
})
