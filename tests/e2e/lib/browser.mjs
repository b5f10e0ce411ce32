// A real Chromium with a fresh profile, and what is asserted of every page.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium as driver } from 'playwright-core'
import { chromium } from './env.mjs'

export const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-default-browser-check'
]

/** Starts Chromium; `headless=new` is playwright's default for a full browser. */
export function launch (options = {}) {
  return driver.launch({ executablePath: chromium, headless: true, args: flags, ...options })
}

/**
 * A page with a fresh profile that remembers every request, console error and uncaught exception.
 * `allowed` are the origins that it may talk to.
 */
export async function open (browser, allowed, options = {}) {
  const context = await browser.newContext({ ...options })
  const page = await context.newPage()
  const seen = { requests: [], errors: [] }
  context.on('request', (request) => seen.requests.push(request.url()))
  page.on('websocket', (socket) => seen.requests.push(socket.url()))
  page.on('pageerror', (error) => seen.errors.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') seen.errors.push(message.text()) })
  const visit = {
    page,
    context,
    ...seen,
    /** Nobody was contacted whom the visitor did not choose. */
    assertOrigins () {
      const foreign = seen.requests.filter((url) => {
        const { protocol, origin } = new URL(url)
        return !['data:', 'blob:'].includes(protocol) && !allowed.includes(origin)
      })
      assert.deepEqual(foreign, [], 'requests to other origins')
      assert.ok(seen.requests.length > 0, 'the page asked for nothing at all')
    },
    /** No exception and no error in the console (a policy violation is one). */
    assertQuiet (except = []) {
      const errors = seen.errors.filter((text) => !except.some((pattern) => pattern.test(text)))
      assert.deepEqual(errors, [], 'errors in the console')
    },
    /** Closes it, and asserts once more that nobody else was contacted. */
    async close () {
      await context.close()
      visit.assertOrigins()
    }
  }
  return visit
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Nothing by axe, in light and in dark. */
export async function assertAccessible (page) {
  const source = await readFile(axe, 'utf8')
  for (const colorScheme of ['light', 'dark']) {
    // Without motion, so that no colour is caught on its way from one scheme to the other.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Evaluated by the driver, which the page's policy does not bind.
    await page.evaluate(source)
    const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'passes'] }))
    const found = result.violations
      .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`)
    assert.deepEqual(found, [], `axe in ${colorScheme}`)
    assert.ok(result.passes.length > 10, 'axe checked next to nothing')
  }
}
