// What is taken along is what is on screen: the code that the page shows is run, and what it reads, what `pinfold take`
// writes and what the page saves are compared value by value.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch } from './lib/browser.mjs'
import { demoCar, kubo as program, pinfold, root } from './lib/env.mjs'
import { datasetOf, expectations, explore, siteWith } from './lib/explorer.mjs'
import { kubo } from './lib/kubo.mjs'
import { catalogue, doubles, zarr } from './lib/made.mjs'
import { run } from './lib/process.mjs'
import { serve } from './lib/serve.mjs'

const python = [process.env.PINFOLD_PYTHON, join(root, 'target/venv/bin/python')].find((path) => path && existsSync(path))
const skip = !python && 'no Python packages: `cargo xtask tools` installs them'

const numbers = Array.from({ length: 100 }, (_, at) => at)
const integers = numbers.map((x) => 2 ** 40 + x * 1001)
const long = (values) => Buffer.from(BigInt64Array.from(values, BigInt).buffer)

/** One group at the root and one below it, each node with its own file beside the consolidated metadata. */
function grouped () {
  const time = { shape: [100], dims: ['time'], attrs: { units: 'seconds since 2026-01-01', standard_name: 'time' }, data: { 0: doubles(numbers) } }
  const one = (add) => ({ shape: [100], dims: ['time'], attrs: { units: 'K' }, data: { 0: doubles(numbers.map((x) => x + add)) } })
  const files = zarr('Two groups', {
    time,
    outside: one(0.5),
    counter: { shape: [100], dims: ['time'], dtype: '<i8', fill: -1, attrs: { units: '1' }, data: { 0: long(integers) } },
    'inner/time': time,
    'inner/inside': one(1000.25),
    'inner/outside': one(2000)
  })
  const consolidated = JSON.parse(files['.zmetadata'])
  consolidated.metadata['inner/.zgroup'] = { zarr_format: 2 }
  for (const [path, node] of Object.entries(consolidated.metadata)) files[path] = JSON.stringify(node)
  files['.zmetadata'] = JSON.stringify(consolidated)
  return files
}

let browser, server, expected, made, madeServer, scratch
before(async () => {
  if (skip) return
  ;[browser, server, expected, made, scratch] = await Promise.all([
    launch(), serve(), expectations(), catalogue({ grouped: grouped() }), mkdtemp(join(tmpdir(), 'pinfold-taken-'))
  ])
  madeServer = await serve({ site: made.site, sources: made.cars })
})
after(async () => {
  await browser?.close()
  await Promise.all([server?.stop(), madeServer?.stop(), made?.stop(), scratch && rm(scratch, { recursive: true, force: true })])
})

/** Opens a view of a site that names one gateway, and has the page save it. */
async function taking (gateway, site, cid, fragment) {
  const own = await siteWith([gateway], site ? { site } : {})
  const visit = await explore(browser, own.origin, cid, fragment, { allowed: [gateway], acceptDownloads: true })
  assert.equal(visit.state, 'ready', await visit.explorer.innerText())
  const pane = visit.page.locator('[aria-labelledby=explore-take]')
  const save = async (name) => {
    const [file] = await Promise.all([visit.page.waitForEvent('download'), pane.getByRole('button', { name, exact: true }).click()])
    const path = join(scratch, `${Date.now()}-${file.suggestedFilename()}`)
    await file.saveAs(path)
    return path
  }
  const shell = async () => {
    await pane.locator('summary', { hasText: /^Shell$/ }).click()
    const code = pane.locator('details[open] code', { hasText: 'pinfold take' })
    await code.waitFor()
    return await code.innerText()
  }
  return {
    ...visit,
    save,
    shell,
    json: async () => JSON.parse(await readFile(await save('JSON'), 'utf8')),
    python: async () => await visit.page.getByRole('region', { name: 'Python code for this selection' }).innerText(),
    close: async () => { await visit.close(); await own.stop() }
  }
}

/** Runs Python with packages of the tests; what it prints as JSON. */
async function read (code, gateway = '', args = []) {
  const env = { IPFS_GATEWAY: gateway, PATH: '/usr/bin:/bin', HOME: scratch, NO_PROXY: '*' }
  const { stdout } = await run(python, ['-c', code, ...args], { env })
  return JSON.parse(stdout)
}

const describe = `
import json
def described(dataset):
    return {name: [list(v.shape), float(v.astype("float64").sum())] for name, v in dataset.data_vars.items()}
`

/** Shape and sum of a variable of the page's JSON. */
function summed (json, name) {
  const one = json.variables.find((variable) => variable.name === name)
  assert.ok(one, `${name} is not among ${json.variables.map(({ name }) => name)}`)
  return [one.shape, one.values.reduce((sum, value) => sum + (value ?? 0), 0)]
}

function same (found, wanted, what) {
  assert.deepEqual(found?.[0], wanted[0], `${what}: shape`)
  assert.ok(Math.abs(found[1] - wanted[1]) <= Math.abs(wanted[1]) * 1e-6, `${what}: ${found[1]} is not ${wanted[1]}`)
}

const views = [
  ['weather station', '#explore?variable=air_temperature,wind_speed&time=1000:1500', ['air_temperature', 'wind_speed']],
  ['dropsondes', '#explore?variable=rh&sonde=3:10', ['rh']],
  ['analysis', '#explore?variable=sst&time=7', ['sst']]
]

for (const [part, fragment, names] of views) {
  test(`the Python of a view of the ${part} reads the selection that the page saves`, { skip, timeout: 120000 }, async () => {
    const visit = await taking(server.origin, undefined, datasetOf(expected, part)[0], fragment)
    const [json, code] = [await visit.json(), await visit.python()]
    const found = await read(`${code}${describe}print(json.dumps(described(selection)))`, server.origin)
    assert.deepEqual(Object.keys(found).sort(), [...names].sort())
    for (const name of names) same(found[name], summed(json, name), name)
    await visit.close()
  })
}

test('the JSON of a whole variable has the values that xarray sees', { skip, timeout: 60000 }, async () => {
  const [cid, { variables }] = datasetOf(expected, 'weather station')
  const visit = await taking(server.origin, undefined, cid, '#explore?variable=air_temperature')
  const { values, shape } = (await visit.json()).variables.find(({ name }) => name === 'air_temperature')
  const wanted = variables.air_temperature
  const there = values.filter((value) => value !== null)
  assert.deepEqual(shape, wanted.shape)
  assert.equal(there.length, wanted.valid_count)
  assert.equal(values.length - there.length, wanted.missing)
  for (const [name, value] of [['min', Math.min(...there)], ['max', Math.max(...there)], ['sum', there.reduce((a, b) => a + b)]]) {
    assert.ok(Math.abs(value - wanted[name]) <= Math.abs(wanted[name]) * 1e-9, `${name}: ${value} is not ${wanted[name]}`)
  }
  const mean = wanted.sum / wanted.valid_count
  const deviation = Math.sqrt(there.reduce((sum, value) => sum + (value - mean) ** 2, 0) / there.length)
  assert.ok(Math.abs(deviation - wanted.std) <= wanted.std * 1e-9, `${deviation} is not ${wanted.std}`)
  await visit.close()
})

test('a view over two groups is read from both', { skip, timeout: 120000 }, async () => {
  const view = '#explore?variable=outside,inner/inside,inner/outside&time=20:60'
  const visit = await taking(madeServer.origin, made.site, made.cids.grouped, view)
  const [json, code] = [await visit.json(), await visit.python()]
  const found = await read(`${code}${describe}print(json.dumps({str(g): described(d) for g, d in selection.items()}))`, madeServer.origin)
  assert.deepEqual(Object.keys(found).sort(), ['None', 'inner'])
  same(found.None.outside, summed(json, 'outside'), 'outside')
  same(found.inner.inside, summed(json, 'inner/inside'), 'inner/inside')
  same(found.inner.outside, summed(json, 'inner/outside'), 'inner/outside')
  assert.notEqual(summed(json, 'outside')[1], summed(json, 'inner/outside')[1])
  await visit.close()
})

test('the shell writes the same selection, and the whole dataset', { skip, timeout: 120000 }, async (t) => {
  const [cid] = datasetOf(expected, 'dropsondes')
  const visit = await taking(server.origin, undefined, cid, '#explore?variable=rh&sonde=3:10')
  const json = await visit.json()
  let code = await visit.shell()
  assert.match(code, /^pinfold take /m)
  assert.match(code, /^ipfs get /m)
  let node
  const env = { PATH: ['/usr/bin', '/bin', dirname(pinfold)].join(delimiter), HOME: scratch }
  if (program === null) {
    t.diagnostic('SKIPPED Kubo: `cargo xtask tools` builds it with Go')
    code = code.replace(/^ipfs get .*$/m, '')
  } else {
    node = await kubo()
    await node.ipfs('dag', 'import', '--pin-roots=false', demoCar)
    Object.assign(env, { PATH: [env.PATH, dirname(program)].join(delimiter), IPFS_PATH: node.repo, IPFS_TELEMETRY: 'off' })
  }
  try {
    await run('sh', ['-e', '-c', code], { env, cwd: scratch })
    if (node) assert.ok((await stat(join(scratch, cid))).isDirectory())
  } finally {
    await node?.stop()
  }
  const script = `import sys, xarray${describe}print(json.dumps(described(xarray.open_dataset(sys.argv[1], engine="netcdf4"))))`
  const found = await read(script, '', [join(scratch, 'selection.nc')])
  same(found.rh, summed(json, 'rh'), 'rh')
  // The other forms hold the same.
  const command = code.split('\n').find((line) => line.startsWith('pinfold take'))
  await run('sh', ['-e', '-c', command.replace('selection.nc', 'selection.json')], { env, cwd: scratch })
  assert.deepEqual(JSON.parse(await readFile(join(scratch, 'selection.json'), 'utf8')), json)
  await run('sh', ['-e', '-c', command.replace('selection.nc', 'selection.csv')], { env, cwd: scratch })
  assert.equal(await readFile(join(scratch, 'selection.csv'), 'utf8'), await readFile(await visit.save('CSV'), 'utf8'))
  await visit.close()
})

test('whole numbers of 64 bits are doubles in NetCDF, with a note', { skip, timeout: 60000 }, async () => {
  const visit = await taking(madeServer.origin, made.site, made.cids.grouped, '#explore?variable=counter')
  const path = await visit.save('NetCDF')
  const script = `
import json, sys, xarray
v = xarray.open_dataset(sys.argv[1], engine="netcdf4").counter
print(json.dumps({"dtype": str(v.dtype), "note": v.attrs.get("pinfold_note"), "values": v.values.tolist()}))`
  const found = await read(script, '', [path])
  assert.equal(found.dtype, 'float64')
  assert.match(found.note, /64-bit .*integers.*double/)
  assert.deepEqual(found.values, integers)
  await visit.close()
})
