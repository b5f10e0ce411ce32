// Ways to use the search: keyboard, phone, print, zoom, dark, without motion; and what assistive programs are told.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, open } from './lib/browser.mjs'
import { serve } from './lib/serve.mjs'

let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

const hits = (page) => page.locator('#results .live ol .title:visible')
const noSideways = async (page) => assert.equal(
  await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'no sideways scrolling')

async function visit (path = '', options = {}) {
  const visit = await open(browser, [server.origin], options)
  await visit.page.goto(`${server.origin}/${path}`)
  await visit.page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  return visit
}

test('the keyboard alone finds and opens a dataset', async () => {
  const { page, close } = await visit()
  await page.keyboard.press('/')
  const box = page.getByRole('combobox')
  assert.ok(await box.evaluate((box) => box === document.activeElement), '/ goes to the box')
  for (const [name, value] of [['aria-autocomplete', 'list'], ['aria-expanded', 'false']]) {
    assert.equal(await box.getAttribute(name), value)
  }
  await page.keyboard.type('radiosonde', { delay: 20 })
  const dataset = page.getByRole('option').filter({ hasText: /dataset$/ })
  await dataset.first().waitFor()
  assert.equal(await box.getAttribute('aria-expanded'), 'true')
  const list = await box.getAttribute('aria-controls')
  assert.equal(await page.locator(`#${list}`).getAttribute('role'), 'listbox')
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('ArrowDown')
    const active = await box.getAttribute('aria-activedescendant')
    if (active && / dataset$/.test(await page.locator(`#${active}`).innerText())) {
      const text = await page.locator(`#${active}`).innerText()
      if (!/, \d+ dataset/.test(text)) break
    }
  }
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/ds\/baf/)
  await page.goBack()
  await page.waitForURL(/q=radiosonde/)
  await hits(page).first().waitFor({ timeout: 20000 })
  await page.locator('#q').focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.waitForURL((url) => url.search === '')
  await close()
})

test('the live region says how many, also when there are none', async () => {
  const { page, close } = await visit('?q=radiosonde')
  const live = page.locator('#results .live [role=status]').first()
  await hits(page).first().waitFor()
  assert.match(await live.innerText(), /^\d+ of \d+ datasets match/)
  await page.locator('#q').fill('xylophone')
  await page.locator('.help:visible').waitFor()
  assert.match(await live.innerText(), /^None of \d+ datasets matches/)
  await page.locator('#q').fill('radiosonde xylophone')
  await page.locator('.help:visible').filter({ hasText: 'Each word alone' }).waitFor()
  assert.match(await live.innerText(), /No dataset has all words/)
  await close()
})

test('on a phone the filters wait behind a button, and so do their files', async () => {
  const options = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
  const { page, requests, assertQuiet, close } = await visit('?q=radiosonde', options)
  await hits(page).first().waitFor()
  await page.waitForTimeout(800)
  assert.deepEqual(requests.filter((url) => url.includes('/search/land-')), [], 'the map is not seen yet')
  const all = await hits(page).count()
  await page.locator('.open-narrow:visible').first().tap()
  const facet = page.locator('#filters input[data-facet]')
  await facet.first().waitFor()
  await page.locator('#app-where svg').first().waitFor()
  await page.waitForRequest(/\/search\/land-/, { timeout: 10000 }).catch(() => {})
  assert.equal(requests.filter((url) => url.includes('/search/land-')).length, 1, 'now it is')
  // One that not all hits have.
  const counts = await page.locator('#filters .facet .num').allInnerTexts()
  await facet.nth(counts.findIndex((count) => Number(count) === 1)).check()
  await page.getByRole('button', { name: 'Show the datasets' }).tap()
  await page.locator('#filters').waitFor({ state: 'hidden' })
  assert.ok(await hits(page).count() < all, `${await hits(page).count()} of ${all}`)
  assert.ok(await page.locator('.chip').count() > 0)
  await noSideways(page)
  assertQuiet()
  await close()
})

test('at 200 % zoom, dark and without motion it is whole', async () => {
  const options = {
    viewport: { width: 640, height: 450 }, deviceScaleFactor: 2, colorScheme: 'dark', reducedMotion: 'reduce'
  }
  const { page, close } = await visit('?q=cloud', options)
  await hits(page).first().waitFor()
  await noSideways(page)
  const moving = await page.evaluate(() => document.getAnimations().length)
  assert.equal(moving, 0)
  const ink = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  assert.ok(Number(ink.match(/\d+/)[0]) < 60, `dark paper: ${ink}`)
  await assertAccessible(page)
  await close()
})

test('printed, it is the list of hits and the query, without controls', async () => {
  const { page, close } = await visit('?q=radiosonde')
  await hits(page).first().waitFor()
  await page.emulateMedia({ media: 'print' })
  // Looked for and looked at in one step: what a hit says is written anew when its reasons come.
  const seen = (selector) => page.evaluate((selector) => [...document.querySelectorAll(selector)]
    .filter((one) => one.checkVisibility() && one.getClientRects().length > 0).length, selector)
  assert.equal(await seen('#filters, .head nav, .btn, .sorts, .no-print'), 0)
  assert.ok(await seen('#results .live ol .title') > 0)
  assert.equal(await seen('#q'), 1, 'what was asked for is on the paper')
  await close()
})

test('a box and a range dragged narrow the hits and stand in the address', async () => {
  const { page, close } = await visit()
  await page.locator('#app-where svg').first().waitFor()
  let before = await page.locator('#results .title:visible').count()
  for (const [id, name, from, to] of [['app-where', 'bbox', 0.2, 0.6], ['app-when', 'time', 0.7, 0.9]]) {
    const box = await page.locator(`#${id}`).boundingBox()
    await page.mouse.move(box.x + box.width * from, box.y + box.height * 0.2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * to, box.y + box.height * 0.7, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => url.searchParams.has(name))
    const count = await hits(page).count()
    assert.ok(count < before, `${name}: ${count} of ${before}`)
    before = count
  }
  await page.goBack()
  await page.waitForURL((url) => !url.searchParams.has('time') && url.searchParams.has('bbox'))
  await close()
})
