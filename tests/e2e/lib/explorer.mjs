// Opening the explorer as a visitor does, and reading what it shows.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { open } from './browser.mjs'
import { demoSite, root } from './env.mjs'
import { staticServer } from './static.mjs'

/** What xarray reads of the demo's datasets, by CID. */
export async function expectations () {
  return JSON.parse(await readFile(join(root, 'tests/fixtures/demo/expected.json'), 'utf8')).datasets
}

/** CID and expectation of the demo's dataset whose title contains `part`. */
export function datasetOf (expected, part) {
  const found = Object.entries(expected).find(([, one]) => one.title?.includes(part))
  assert.ok(found, `the demo has no dataset of ${part}`)
  return found
}

/** The site on a plain web server, whose `site.json` names these gateways (and peers). */
export async function siteWith (gateways, { site = demoSite, peers = [], router = null, instead = {} } = {}) {
  const settings = JSON.parse(await readFile(join(site, 'site.json'), 'utf8'))
  const own = { ...settings, gateways, peers, router }
  return staticServer(site, '', Object.assign(instead, { '/site.json': JSON.stringify(own) }))
}

/** Waits until a view is drawn or has failed; the state. */
export async function settled (page, timeout = 30000) {
  await page.locator('#explorer[data-state=ready], #explorer[data-state=failed]').waitFor({ timeout })
  return page.locator('#explorer').getAttribute('data-state')
}

/** Opens a view, waits until it is drawn or has failed, and gives ways to read it. */
export async function explore (browser, origin, cid, fragment, { allowed = [], timeout = 30000, ...options } = {}) {
  const visit = await open(browser, [origin, ...allowed], options)
  const { page } = visit
  await page.goto(`${origin}/ds/${cid}/${fragment}`)
  const state = await settled(page, timeout)
  return { ...visit, state, ...reading(page) }
}

const number = (text) => Number(text.replace('−', '-').replace(/[\s\u00a0\u202f]/g, ''))

/** Ways to read the explorer of a page. */
export function reading (page) {
  const explorer = page.locator('#explorer')
  /** A number of the statistics: `values`, `missing`, `smallest`, `mean`, `largest`, `standard deviation`. */
  const statistic = async (head, column = 0) => {
    const row = page.locator('#explorer-pictures tr').filter({ has: page.getByRole('rowheader', { name: head, exact: true }) })
    return number(await row.locator('td').nth(column).innerText())
  }
  /** Values that have a meaning, all together; null where no flags are shown. */
  statistic.meanings = async () => {
    const counts = await page.locator('#explorer-pictures .meanings td:nth-of-type(1)').allInnerTexts()
    return counts.length === 0 ? null : counts.map(number).reduce((sum, count) => sum + count, 0)
  }
  return {
    explorer,
    /** Opens another view in the same page, waits until it is drawn or has failed; the state. */
    go: (fragment, timeout = 30000) => page.evaluate(([hash, timeout]) => new Promise((resolve, reject) => {
      const host = document.getElementById('explorer')
      const late = setTimeout(() => reject(new Error(`${hash}: still ${host.dataset.state}`)), timeout)
      let began = false
      new MutationObserver((records, observer) => {
        began ||= records.some(({ oldValue }) => oldValue === 'loading') || host.dataset.state === 'loading'
        if (!began || !['ready', 'failed'].includes(host.dataset.state)) return
        observer.disconnect()
        clearTimeout(late)
        resolve(host.dataset.state)
      }).observe(host, { attributeFilter: ['data-state'], attributeOldValue: true })
      location.hash = hash
    }), [fragment, timeout]),
    alert: () => page.locator('#explorer .stack [role=alert]').first().innerText(),
    verified: async () => Number(await explorer.getAttribute('data-verified-blocks')),
    statistic,
    /** The row of a source in the panel, as text. */
    source: (name) => page.locator('[aria-labelledby=explore-sources] tr').filter({ hasText: name }).innerText()
  }
}

/** The shown statistics are those that xarray computed, to the six digits that are shown. */
export async function assertValues (statistic, wanted, what) {
  const close = (found, value, name) => {
    const slack = Math.max(Math.abs(value) * 1e-5, 1e-9)
    assert.ok(Math.abs(found - value) <= slack, `${what}: ${name} is ${found}, xarray says ${value}`)
  }
  assert.equal(await statistic('values'), wanted.valid_count, `${what}: count`)
  close(await statistic('smallest'), wanted.min, 'min')
  close(await statistic('largest'), wanted.max, 'max')
  // A mean of flags means nothing: they are counted by meaning instead.
  if (await statistic.meanings() !== null) assert.equal(await statistic.meanings(), wanted.valid_count, `${what}: meanings`)
  else {
    if (wanted.sum !== undefined) close(await statistic('mean'), wanted.sum / wanted.valid_count, 'mean')
    if (wanted.std !== undefined) close(await statistic('standard deviation'), wanted.std, 'standard deviation')
  }
  if (wanted.missing !== undefined) assert.equal(await statistic('missing'), wanted.missing, `${what}: missing`)
}
