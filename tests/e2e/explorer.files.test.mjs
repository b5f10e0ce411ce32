// Folder datasets, whole datasets, and files of a selection: what is saved is what was published.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, open } from './lib/browser.mjs'
import { kubo as program, pinfold, root } from './lib/env.mjs'
import { datasetOf, expectations, explore, settled } from './lib/explorer.mjs'
import { kubo } from './lib/kubo.mjs'
import { run } from './lib/process.mjs'
import { serve } from './lib/serve.mjs'

const python = [join(root, 'target/venv/bin/python'), process.env.PINFOLD_PYTHON].find((path) => path && existsSync(path))

let browser, server, expected, folder, files, scratch
before(async () => {
  [browser, server, expected, scratch] = await Promise.all([launch(), serve(), expectations(), mkdtemp(join(tmpdir(), 'pinfold-files-'))])
  const found = Object.entries(expected).find(([, one]) => one.files !== undefined)
  folder = found[0]
  files = (await (await fetch(`${server.origin}/ds/${folder}/record.json`)).json()).files
})
after(async () => { await browser?.close(); await server?.stop(); await rm(scratch, { recursive: true, force: true }) })

/** No question where to save: the browser keeps the file, as those do that have no such question. */
const withoutPicker = (context) => context.addInitScript(() => { delete globalThis.showSaveFilePicker })

/** The files that a click on `button` saves, which are so many. */
async function savedAll (page, button, count) {
  const downloads = []
  const all = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${downloads.length} of ${count} files were saved`)), 20000)
    page.on('download', function heard (download) {
      if (downloads.push(download) < count) return
      page.off('download', heard)
      clearTimeout(late)
      resolve()
    })
  })
  await Promise.all([all, button.click()])
  return await Promise.all(downloads.map(async (download) => {
    const path = join(scratch, `${Date.now()}-${download.suggestedFilename()}`)
    await download.saveAs(path)
    return { path, name: download.suggestedFilename(), bytes: await readFile(path) }
  }))
}

/** The one file that a click on `button` saves. */
const saved = async (page, button) => (await savedAll(page, button, 1))[0]

const published = async (path) => Buffer.from(await (await fetch(`${server.origin}/ipfs/${folder}/${path}`)).arrayBuffer())

test('a folder is listed with sizes; text and pictures are shown, every file is saved as it is', async () => {
  const visit = await open(browser, [server.origin])
  await withoutPicker(visit.context)
  const { page } = visit
  await page.goto(`${server.origin}/ds/${folder}/#explore`)
  assert.equal(await settled(page), 'ready')
  const row = (path) => page.locator('#explorer tr').filter({ has: page.getByText(path, { exact: true }) })
  for (const { path, size_bytes: size } of files) {
    const words = size < 1000 ? `${size} B` : `${(size / 1000).toFixed(1)} kB`
    assert.match(await row(path).innerText(), new RegExp(words.replace('.', '\\.')), path)
  }
  const text = files.find(({ path }) => path.endsWith('.csv')).path
  await row(text).getByRole('button', { name: 'Look' }).click()
  await page.locator('#explorer-preview pre').waitFor()
  assert.equal(await page.locator('#explorer-preview code').first().textContent(), (await published(text)).toString())
  const picture = files.find(({ path }) => path.endsWith('.png')).path
  await row(picture).getByRole('button', { name: 'Look' }).click()
  await page.locator('#explorer-preview img').waitFor()
  await page.waitForFunction(() => document.querySelector('#explorer-preview img').naturalWidth > 10)
  assert.ok(Number(await page.locator('#explorer').getAttribute('data-verified-blocks')) >= 2)
  for (const { path } of files) {
    const { name, bytes } = await saved(page, row(path).getByRole('button', { name: 'Save' }))
    assert.equal(name, path.split('/').at(-1))
    assert.ok(bytes.equals(await published(path)), `${path}: other bytes were saved`)
  }
  await assertAccessible(page)
  visit.assertOrigins()
  visit.assertQuiet()
  await visit.close()
})

test('a whole dataset as a zipped Zarr, which xarray opens', async (t) => {
  if (!python) return t.skip('no Python packages: `cargo xtask tools` installs them')
  const [cid, { variables }] = datasetOf(expected, 'Cloud radar')
  const visit = await open(browser, [server.origin])
  await withoutPicker(visit.context)
  await visit.page.goto(`${server.origin}/ds/${cid}/#explore?variable=lwp`)
  assert.equal(await settled(visit.page), 'ready')
  const { path, name } = await saved(visit.page, visit.page.getByRole('button', { name: 'Zarr in a ZIP' }))
  assert.equal(name, `${cid}.zarr.zip`)
  const script = 'import sys, json, xarray, zarr; d = xarray.open_dataset(zarr.storage.ZipStore(sys.argv[1], mode="r"), engine="zarr", consolidated=False);' +
    'print(json.dumps({n: [int(d[n].count()), float(d[n].min()), float(d[n].max())] for n in ("Zh", "vm", "lwp")}))'
  const read = JSON.parse((await run(python, ['-c', script, path])).stdout)
  for (const [variable, [count, min, max]] of Object.entries(read)) {
    const { valid_count: wanted, min: least, max: most } = variables[variable]
    assert.deepEqual([count, min, max], [wanted, least, most], variable)
  }
  visit.assertQuiet()
  await visit.close()
})

test('a whole dataset as CAR into a file on disk, block by block, which Kubo and pinfold read', async (t) => {
  const [cid] = datasetOf(expected, 'Cloud radar')
  const visit = await open(browser, [server.origin])
  // The question where to save cannot be answered without a person: a file of the browser's own takes its place.
  await visit.context.addInitScript(() => {
    globalThis.showSaveFilePicker = async ({ suggestedName }) => {
      const folder = await navigator.storage.getDirectory()
      globalThis.chosen = await folder.getFileHandle(suggestedName, { create: true })
      return globalThis.chosen
    }
  })
  const { page } = visit
  await page.goto(`${server.origin}/ds/${cid}/#explore?variable=lwp`)
  assert.equal(await settled(page), 'ready')
  await page.getByRole('button', { name: 'CAR', exact: true }).click()
  await page.locator('#explore-taken', { hasText: 'is saved' }).waitFor({ timeout: 20000 })
  const base64 = await page.evaluate(async () => {
    const bytes = new Uint8Array(await (await globalThis.chosen.getFile()).arrayBuffer())
    let text = ''
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768))
    return btoa(text)
  })
  const car = join(scratch, 'taken.car')
  await writeFile(car, Buffer.from(base64, 'base64'))
  const record = JSON.parse((await run(pinfold, ['inspect', cid, '--source', car])).stdout)
  assert.equal(record.cid, cid)
  visit.assertQuiet()
  await visit.close()
  if (program === null) return t.diagnostic('SKIPPED Kubo: `cargo xtask tools` builds it with Go')
  const node = await kubo()
  try {
    assert.match(await node.ipfs('dag', 'import', '--stats', car), new RegExp(cid))
    assert.match(await node.ipfs('refs', '--recursive', '--unique', cid), /bafk/)
  } finally {
    await node.stop()
  }
})

test('a selection as CSV, JSON and NetCDF, and the picture as SVG and PNG', async () => {
  const [cid, { variables }] = datasetOf(expected, 'weather station')
  const visit = await explore(browser, server.origin, cid, '#explore?variable=air_temperature')
  assert.equal(visit.state, 'ready')
  const button = (name) => visit.page.locator('[aria-labelledby=explore-take]').getByRole('button', { name, exact: true })
  const take = (name) => saved(visit.page, button(name))
  const wanted = variables.air_temperature
  const csv = (await take('CSV')).bytes.toString().split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.equal(csv.length - 1, wanted.shape[0])
  const column = csv[0].split(',').findIndex((name) => name.includes('air_temperature'))
  const numbers = csv.slice(1).map((line) => line.split(',')[column]).filter((cell) => cell !== '').map(Number)
  assert.equal(numbers.length, wanted.valid_count)
  assert.ok(Math.abs(Math.max(...numbers) - wanted.max) < 1e-6)
  const json = JSON.parse((await take('JSON')).bytes.toString()).variables.find(({ name }) => name === 'air_temperature')
  assert.deepEqual(json.values.filter((value) => value !== null), numbers)
  const netcdf = (await take('NetCDF'))
  assert.equal(netcdf.bytes.subarray(0, 4).toString('latin1'), 'CDF\x02')
  // Each picture that is shown.
  const pictures = await visit.page.locator('#explorer-pictures .svg').count()
  assert.equal(pictures, 2)
  for (const { name, bytes } of await savedAll(visit.page, button('SVG'), pictures)) {
    assert.match(name, /-[12]\.svg$/)
    assert.match(bytes.toString(), /^<svg[\s\S]*<\/svg>\s*$/)
    assert.match(bytes.toString(), /Air temperature/i)
  }
  for (const { name, bytes } of await savedAll(visit.page, button('PNG'), pictures)) {
    assert.match(name, /-[12]\.png$/)
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
    assert.ok(bytes.readUInt32BE(16) > 1000, 'twice as wide as on screen')
  }
  if (python) {
    const script = 'import sys, xarray; d = xarray.open_dataset(sys.argv[1], engine="netcdf4"); v = d.air_temperature; print(int(v.count()), float(v.max()))'
    const [count, most] = (await run(python, ['-c', script, netcdf.path])).stdout.trim().split(' ').map(Number)
    assert.equal(count, wanted.valid_count)
    assert.ok(Math.abs(most - wanted.max) < 1e-5)
  } else console.log('# SKIPPED xarray reads the NetCDF: no Python packages')
  await visit.close()
})
