// The search app: from the keyboard to the URL and back, and what happens when its index does not come.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, open } from './lib/browser.mjs'
import { serve } from './lib/serve.mjs'

let browser, server
before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => { await browser?.close(); await server?.stop() })

const list = (page) => page.locator('#results .live ol .title:visible')

/** A visit to the catalogue whose search is ready. */
async function visit (path = '', options = {}) {
  const visit = await open(browser, [server.origin], options)
  await visit.page.goto(`${server.origin}/${path}`)
  await visit.page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  return visit
}

test('typing searches, the URL holds the search, back and forward move in it', async () => {
  const { page, assertQuiet, assertOrigins, close } = await visit()
  const all = await page.locator('#results .title:visible').count()
  assert.ok(all >= 6, 'the list in the page is shown until something is asked for')
  await page.keyboard.press('/')
  await page.keyboard.type('dropsnde')
  await list(page).filter({ hasText: /dropsonde/i }).first().waitFor()
  assert.match(await page.locator('#results [role=status]:visible').first().innerText(), /match/)
  await page.waitForURL(/\?q=dropsnde/)
  // Leaving the box closes the suggestions, which lie over the first results.
  await page.keyboard.press('Tab')
  await page.locator('#results button[data-sort=title]').click()
  await page.waitForURL(/sort=title/)
  await page.goBack()
  await page.waitForURL((url) => !url.search.includes('sort') && url.search.includes('q=dropsnde'))
  await page.goBack()
  await page.waitForURL((url) => url.search === '')
  assert.equal(await page.locator('#q').inputValue(), '')
  assert.equal(await page.locator('#results .title:visible').count(), all, 'the list of the page is back')
  await page.goForward()
  await list(page).first().waitFor()
  assert.equal(await page.locator('#q').inputValue(), 'dropsnde')
  assertQuiet()
  assertOrigins()
  await close()
})

test('what stands in the search box lies on top of it, and a letter lays out the box alone', async () => {
  const { page, close } = await visit()
  const found = await page.evaluate(() => [...document.querySelectorAll('.find.big svg, .find.big kbd')].map((one) => {
    one.style.pointerEvents = 'auto'
    const { x, y, width, height } = one.getBoundingClientRect()
    const box = document.getElementById('q').getBoundingClientRect()
    const aside = Math.abs(y + height / 2 - box.y - box.height / 2)
    return [one.contains(document.elementFromPoint(x + width / 2, y + height / 2)), aside < 1.5 ? 'in its middle' : aside]
  }))
  assert.deepEqual(found, Array(2).fill([true, 'in its middle']))
  const box = await page.locator('#q').evaluate((one) => [getComputedStyle(one).contain, one.offsetHeight])
  assert.deepEqual(box, ['strict', 50])
  await close()
})

test('while somebody types, the hits out of sight are away and the list keeps its height', async () => {
  const { page, close } = await visit('', { viewport: { width: 1280, height: 600 } })
  const look = () => page.evaluate(() => {
    const list = document.getElementById('app-hits')
    return { cards: list.children.length, height: Math.round(list.getBoundingClientRect().height) }
  })
  await page.locator('#q').pressSequentially('tem')
  await page.waitForFunction(() => document.querySelectorAll('#app-hits>li').length >= 5)
  // What is counted and drawn for the hits came too.
  await page.waitForTimeout(800)
  const whole = await look()
  // All that happens at once: looked at before the next turn of the event loop.
  const typed = await page.evaluate(() => {
    const box = document.getElementById('q')
    box.value = 'temp'
    box.dispatchEvent(new Event('input', { bubbles: true }))
    const list = document.getElementById('app-hits')
    return { cards: list.children.length, height: Math.round(list.getBoundingClientRect().height) }
  })
  assert.ok(typed.cards < whole.cards, `${typed.cards} of ${whole.cards}`)
  assert.equal(typed.height, whole.height)
  await page.waitForFunction((cards) => document.querySelectorAll('#app-hits>li').length === cards, whole.cards)
  assert.equal(await page.locator('#app-hits').evaluate((list) => list.style.minHeight), '')
  await close()
})

test('pictures of hits come when nothing is typed any more, in frames of their size', async () => {
  const { page, assertQuiet, close } = await visit()
  await page.waitForTimeout(500)
  // All that happens at once: looked at before the next turn of the event loop.
  const typed = await page.evaluate(() => {
    const box = document.getElementById('q')
    box.value = 'radiosonde'
    box.dispatchEvent(new Event('input', { bubbles: true }))
    const frames = [...document.querySelectorAll('#app-hits .mini')]
    return { names: frames.map((one) => one.localName), sizes: frames.map((one) => [one.offsetWidth, one.offsetHeight]) }
  })
  assert.ok(typed.names.length > 0 && typed.names.every((name) => name === 'span'), `${typed.names}`)
  await page.waitForFunction(() => !document.querySelector('#app-hits span.mini'))
  const pictures = page.locator('#app-hits img.mini')
  await pictures.first().evaluate((one) => one.decode())
  const sizes = await pictures.evaluateAll((all) => all.map((one) => [one.offsetWidth, one.offsetHeight]))
  assert.deepEqual(sizes.slice(0, typed.sizes.length), typed.sizes)
  assertQuiet()
  await close()
})

test('suggestions follow the arrows, Enter takes one, Escape closes', async () => {
  const { page, close } = await visit()
  const box = page.getByRole('combobox')
  await box.pressSequentially('ra')
  await page.getByRole('option').filter({ hasText: /word, \d+ dataset/ }).first().waitFor()
  assert.equal(await box.getAttribute('aria-expanded'), 'true')
  await page.keyboard.press('ArrowDown')
  const active = await box.getAttribute('aria-activedescendant')
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true')
  await page.keyboard.press('Escape')
  assert.equal(await box.getAttribute('aria-expanded'), 'false')
  await page.keyboard.press('Escape')
  assert.equal(await box.inputValue(), '')
  // A word goes on in the box, a value becomes a filter and takes what was typed out of it.
  for (const [typed, kind] of [['ra', /^(\S+) word,/], ['air', /^(.+) variable,/]]) {
    await box.pressSequentially(typed)
    const option = page.getByRole('option').filter({ hasText: kind }).first()
    await option.waitFor()
    const [, value] = kind.exec((await option.innerText()).replace(/\s+/g, ' '))
    for (let step = 0; step < 12 && await option.getAttribute('aria-selected') !== 'true'; step++) {
      await page.keyboard.press('ArrowDown')
    }
    await page.keyboard.press('Enter')
    if (kind.source.includes('word')) {
      await page.waitForURL((url) => url.searchParams.get('q') === value)
      assert.equal(await box.inputValue(), value)
    } else {
      await page.waitForURL((url) => url.searchParams.get('variable')?.replaceAll('_', ' ') === value)
      assert.equal(await box.inputValue(), '')
      await page.locator('.chip').filter({ hasText: value }).waitFor()
    }
    assert.ok(await list(page).count() > 0)
    await page.locator('#q').fill('')
  }
  await close()
})

test('a facet narrows, its chip widens again', async () => {
  const { page, close } = await visit()
  const all = await page.locator('#results .title:visible').count()
  const value = page.locator('#filters input[data-facet=platform]').first()
  const name = await value.getAttribute('value')
  const said = await value.locator('xpath=..').locator('.num').innerText()
  // What the page counts and draws: of the other facets, over time and on the map.
  const look = () => page.evaluate(() => ({
    counts: [...document.querySelectorAll('#filters .facet:not([aria-label=Platform])')].map((one) => one.innerText).join(),
    when: document.getElementById('app-when').innerHTML,
    where: document.getElementById('app-where').innerHTML
  }))
  const before = await look()
  await value.check()
  await page.locator('.chip').filter({ hasText: name.replaceAll('_', ' ') }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('platform'), name)
  assert.equal(await list(page).count(), Number(said), 'as many as the facet said')
  assert.ok(Number(said) < all)
  for (const part of ['counts', 'when', 'where']) {
    const until = Date.now() + 5000
    while ((await look())[part] === before[part]) assert.ok(Date.now() < until, `${part} do not follow`)
  }
  await page.locator('.chip button').first().click()
  await page.waitForURL((url) => url.search === '')
  await close()
})

test('nothing found says what was tried and leads back', async () => {
  const { page, close } = await visit('?q=xylophone')
  await page.locator('.help').filter({ hasText: 'xylophone' }).waitFor()
  await page.locator('.help a').filter({ hasText: /Show all/ }).click()
  await page.waitForURL((url) => url.search === '')
  await close()
})

test('hostile queries stay text', async () => {
  const query = encodeURIComponent('"><img src=x onerror=alert(1)><script>alert(2)</script>')
  const { page, assertQuiet, close } = await visit(`?q=${query}&keyword=${query}`)
  page.on('dialog', () => assert.fail('a script ran'))
  await page.locator('.live').waitFor()
  assert.equal(await page.locator('.live img, .live script').count(), 0)
  await page.locator('#q').fill('x"-'.repeat(3000))
  await page.locator('.live .count').waitFor()
  assertQuiet()
  await close()
})

for (const [what, answer] of [
  ['is missing', { status: 404, body: 'no' }],
  ['is another file', { status: 200, body: '<!doctype html><title>portal</title>' }],
  ['is cut off', null]
]) {
  test(`an index that ${what} leaves the list and says so`, async () => {
    const visit = await open(browser, [server.origin])
    const { page } = visit
    let broken = true
    await page.route(/search\/[a-z0-9]+\.pfs$/, async (route) => {
      if (!broken) return route.continue()
      if (answer) return route.fulfill(answer)
      const body = await (await route.fetch()).body()
      await route.fulfill({ status: 200, body: body.subarray(0, body.length >> 1) })
    })
    await page.goto(`${server.origin}/?q=radar`)
    await page.locator('#search .note').filter({ hasText: 'Search is not available' }).waitFor({ timeout: 20000 })
    assert.ok(await page.locator('#results .title:visible').count() >= 6, 'the list stays')
    broken = false
    await page.getByRole('button', { name: 'Load again' }).click()
    await page.locator('#search[data-ready]').waitFor()
    await list(page).first().waitFor()
    await visit.close()
  })
}

test('the list can be taken as CSV, JSON and pinset', async () => {
  const { page, close } = await visit('?q=radiosonde')
  await list(page).first().waitFor()
  const count = await list(page).count()
  for (const [kind, check] of [
    ['csv', (text) => text.trim().split('\r\n').length - 1],
    ['json', (text) => JSON.parse(text).length],
    ['pins', (text) => text.trim().split('\n').filter((line) => /^baf[a-z2-7]{50,}$/.test(line)).length]
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-take=${kind}]`).click()])
    const stream = await download.createReadStream()
    let text = ''
    for await (const chunk of stream) text += chunk
    assert.equal(check(text), count, kind)
  }
  await close()
})

test('axe finds nothing serious in results, in light and dark, wide and on a phone', async () => {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
    const { page, close } = await visit('?q=radar', { viewport })
    await page.locator('.live').waitFor()
    await assertAccessible(page)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    assert.equal(wide, false, 'no sideways scrolling')
    await close()
  }
})
