// How the explorer looks and is handled: every kind of picture in light and dark, wide and on a phone; zoom, hover,
// table, sliders, and the link that opens the same view.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { assertAccessible, launch } from './lib/browser.mjs'
import { assertValues, datasetOf, expectations, explore } from './lib/explorer.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { serve } from './lib/serve.mjs'
import { moved } from '../../web/js/play.js'

let browser, server, expected
before(async () => { [browser, server, expected] = await Promise.all([launch(), serve(), expectations()]) })
after(async () => { await browser?.close(); await server?.stop() })

const see = (part, fragment, options = {}) => explore(browser, server.origin, datasetOf(expected, part)[0], fragment, options)

/** Part of a title, a view, and what its picture says. */
const views = [
  ['weather station', '#explore?variable=air_temperature,relative_humidity', /air temperature[\s\S]*relative humidity/i],
  ['Cloud radar', '#explore?variable=Zh', /radar reflectivity/i],
  ['dropsondes', '#explore?variable=ta', /air temperature/i],
  ['in-situ', '#explore?variable=flight_phase', /climb[\s\S]*descent/i],
  ['analysis', '#explore?variable=sst', /sea surface temperature/i]
]

for (const [size, viewport, axed] of [
  ['wide', { width: 1280, height: 900 }, ['in-situ', 'analysis']],
  ['phone', { width: 390, height: 844 }, ['weather station']]
]) {
  test(`pictures on a ${size} screen: nothing sticks out, axe is content in light and dark`, { timeout: 120000 }, async () => {
    for (const [part, fragment, words] of views) {
      const visit = await see(part, fragment, { viewport })
      assert.equal(visit.state, 'ready', `${part}: ${await visit.explorer.innerText()}`)
      assert.match(await visit.page.locator('#explorer-pictures').innerText(), words)
      const wide = await visit.page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(wide <= viewport.width, `${part}: the page is ${wide} px wide`)
      const beyond = await visit.page.locator('#explorer-pictures .svg svg').first().evaluate((svg) => {
        const frame = svg.getBoundingClientRect()
        return [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1))
          .map(([text]) => text)
      })
      assert.deepEqual(beyond, [], `${part}: labels are cut`)
      // Curves, and legends with controls beside them: the rest of the page is the same each time.
      if (axed.includes(part)) await assertAccessible(visit.page)
      visit.assertQuiet()
      await visit.close()
    }
  })
}

test('a drag zooms, the address follows and opens the same again; the pointer reads values', async () => {
  const visit = await see('weather station', '#explore?variable=air_temperature')
  const { page } = visit
  const box = await page.locator('#explorer-pictures .drawn').first().boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + 80)
  await page.locator('#explorer-pictures .read', { hasText: /2026[\s\S]*°C|missing/ }).waitFor()
  const all = await visit.statistic('values')
  await page.mouse.move(box.x + box.width * 0.3, box.y + 80)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + 80, { steps: 5 })
  await page.mouse.up()
  await page.waitForURL(/time/)
  await page.locator('#explorer[data-state=ready]').waitFor()
  await page.waitForFunction((all) => !document.querySelector('#explorer-pictures').innerText.includes(`\t${all}`), all)
  const zoomed = await visit.statistic('values')
  assert.ok(zoomed > all * 0.1 && zoomed < all * 0.3, `${zoomed} of ${all}`)
  const again = await explore(browser, server.origin, datasetOf(expected, 'weather station')[0], new URL(page.url()).hash)
  assert.equal(await again.statistic('values'), zoomed)
  await again.close()
  await page.getByRole('button', { name: 'Show everything' }).click()
  await page.waitForFunction((all) => document.querySelector('#explorer-pictures').innerText.includes(`\t${all}`), all)
  await visit.close()
})

test('a slider goes to another time, the code and the link say which', async () => {
  const { sst } = datasetOf(expected, 'analysis')[1].variables
  const visit = await see('analysis', '#explore?variable=sst')
  await assertValues(visit.statistic, sst.middle, 'sst')
  const code = visit.page.getByRole('region', { name: 'Python code for this selection' })
  assert.match(await code.innerText(), /"time": 50\b/)
  const r = visit.page.locator('[data-part=take] details', { has: visit.page.locator('summary', { hasText: /^R$/ }) })
  await r.locator('summary').click()
  // The server names no other gateway.
  await r.getByText(`"/vsicurl/${server.origin}/ipfs/${datasetOf(expected, 'analysis')[0]}"`).waitFor()
  assert.match(await r.innerText(), /"sst" = read\("sst", offset = c\(50, 0, 0\), count = c\(1, 61, 73\)\)/)
  await visit.page.getByRole('slider', { name: 'time' }).fill('7')
  await visit.page.waitForURL(/time/)
  await visit.page.locator('figcaption', { hasText: '24 January 2026' }).waitFor()
  assert.match(await code.innerText(), /"time": 7\b/)
  await r.getByText('offset = c(7, 0, 0)').waitFor()
  await visit.close()
})

test('the address of a step keeps everything else', () => {
  assert.equal(moved('#explore', 'time', 3), '#explore?time=3')
  assert.equal(moved('#explore?variable=a,b&time=5&as=map', 'time', 6), '#explore?variable=a,b&as=map&time=6')
  assert.equal(moved('#explore?variable=a&.as=1&h%C3%B6he=2&%zz=1', 'as', 2), '#explore?variable=a&h%C3%B6he=2&%zz=1&.as=2')
  assert.equal(moved('#explore?h%C3%B6he=2', 'höhe', 0), '#explore?h%C3%B6he=0')
  assert.equal(moved('#explore?x=1', 'a&b=', 0), '#explore?x=1&a%26b%3D=0')
})

test('a slider plays: picture after picture without a step of the history each, until it is stopped', { timeout: 60000 }, async () => {
  const visit = await see('analysis', '#explore?variable=sst&time=97', { reducedMotion: 'reduce' })
  const { page } = visit
  const play = page.getByRole('button', { name: 'Play along time' })
  const pause = page.getByRole('button', { name: 'Pause' })
  const at = async () => Number(await page.getByRole('slider', { name: 'time' }).inputValue())
  await play.waitFor()
  // Nothing plays by itself.
  await page.waitForTimeout(700)
  assert.equal(await at(), 97)
  await page.evaluate(() => {
    window.drawn = []
    let last = document.querySelector('#explorer-pictures figcaption').innerText
    new MutationObserver(() => {
      const now = document.querySelector('#explorer-pictures figcaption')?.innerText
      if (now && now !== last) window.drawn.push([performance.now(), last = now])
    }).observe(document.getElementById('explorer-pictures'), { childList: true, subtree: true })
  })
  const steps = await page.evaluate(() => history.length)
  await play.focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => window.drawn.length >= 5, undefined, { timeout: 30000 })
  // Round the end; the button kept the focus all the while.
  assert.ok(await at() < 90, 'it went round')
  await page.keyboard.press('Enter')
  await play.waitFor()
  const drawn = await page.evaluate(() => window.drawn)
  assert.equal(new Set(drawn.map(([, words]) => words)).size, drawn.length, 'each picture is another one')
  for (const [index, [time]] of drawn.entries()) {
    if (index > 0) assert.ok(time - drawn[index - 1][0] > 240, `${time - drawn[index - 1][0]} ms between two pictures`)
  }
  assert.equal(await page.evaluate(() => history.length), steps, 'no step of the history')
  const stays = async (why) => {
    await play.waitFor()
    await page.locator('#explorer[data-state=ready]').waitFor()
    const before = await at()
    await page.waitForTimeout(700)
    assert.equal(await at(), before, why)
    assert.match(await page.evaluate(() => location.hash), new RegExp(`time=${before}\\b`), why)
  }
  await stays('stopped by its button')
  const moves = async () => {
    await play.click()
    await pause.waitFor()
    const before = await at()
    await page.waitForFunction((before) => Number(document.querySelector('.slide input').value) !== before, before)
  }
  await moves()
  await page.getByRole('slider', { name: 'time' }).fill('40')
  await page.waitForURL(/time=40/)
  await stays('stopped by hand')
  assert.equal(await at(), 40)
  await moves()
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await stays('stopped by a hidden tab')
  await moves()
  await visit.go('#explore?variable=sst&time=3')
  await stays('stopped by another view')
  assert.equal(await at(), 3)
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.locator('[data-do=play]').isVisible(), false)
  await visit.page.emulateMedia({ media: 'screen' })
  await assertAccessible(page)
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
})

test('playing ends at a step that cannot be drawn, and at one that is too large to load without asking', { timeout: 60000 }, async () => {
  const step = (at) => doubles(Array.from({ length: 16 }, (_, index) => at * 16 + index))
  const rows = 1792
  const packed = (value) => deflateSync(doubles(Array.from({ length: rows * rows }, (_, index) => value(index))), { level: 1 })
  const along = (name, length, attrs) => ({ shape: [length], dims: [name], attrs, data: { 0: doubles(Array.from({ length }, (_, at) => at / length)) } })
  const north = { standard_name: 'latitude', units: 'degrees_north' }
  const east = { standard_name: 'longitude', units: 'degrees_east' }
  const made = await catalogue({
    steps: zarr('Steps', {
      lat: along('lat', 4, north),
      lon: along('lon', 4, east),
      // The fourth is no chunk of this variable.
      broken: {
        shape: [6, 4, 4], chunks: [1, 4, 4], dims: ['time', 'lat', 'lon'],
        data: Object.fromEntries([0, 1, 2, 3, 4, 5].map((at) => [`${at}.0.0`, at === 3 ? step(at).subarray(0, 24) : step(at)]))
      }
    }),
    large: zarr('Large', {
      lat: along('lat', rows, north),
      lon: along('lon', rows, east),
      // The third is one that deflate makes nothing of.
      large: {
        shape: [3, rows, rows], chunks: [1, rows, rows], dims: ['time', 'lat', 'lon'], compressor: { id: 'zlib', level: 1 },
        data: {
          '0.0.0': packed((index) => index % 3),
          '1.0.0': packed((index) => index % 5),
          '2.0.0': packed((index) => Math.sin(index * 12.9898) * 43758.5453)
        }
      }
    })
  })
  const own = await serve({ site: made.site, sources: made.cars })
  try {
    // While it asks, the picture before stays.
    for (const [set, variable, from, last, ending] of [['steps', 'broken', 1, 3, '[data-state=failed]'], ['large', 'large', 0, 2, ' #explorer-load']]) {
      const visit = await explore(browser, own.origin, made.cids[set], `#explore?variable=${variable}&time=${from}`)
      const { page } = visit
      assert.equal(visit.state, 'ready', await visit.explorer.innerText())
      await page.getByRole('button', { name: 'Play along time' }).click()
      await page.waitForURL(new RegExp(`time=${last}\\b`))
      await page.locator(`#explorer${ending}`).waitFor()
      await page.waitForTimeout(900)
      assert.match(new URL(page.url()).hash, new RegExp(`time=${last}\\b`), variable)
      assert.equal(await visit.explorer.getAttribute('data-plays'), null, variable)
      assert.equal(await page.locator(`#explorer${ending}`).count(), 1, variable)
      // What is there can still be looked at.
      await visit.go(`#explore?variable=${variable}&time=${from}`)
      await page.locator('#explorer[data-state=ready]').waitFor()
      await visit.close()
    }
  } finally {
    await own.stop()
    await made.stop()
  }
})

test('the numbers as a table, page by page', async () => {
  const visit = await see('weather station', '#explore?variable=air_temperature')
  await visit.page.getByRole('button', { name: 'Table', exact: true }).click()
  const rows = visit.page.locator('[aria-label="Numbers, scrollable"] tbody tr')
  await rows.first().waitFor()
  assert.equal(await rows.count(), 200)
  assert.match(await rows.first().innerText(), /2026-01-17/)
  await visit.page.getByRole('button', { name: 'Later rows' }).click()
  await visit.page.getByText('rows 201 to 400 of 8064').waitFor()
  await assertAccessible(visit.page)
  await visit.close()
})
