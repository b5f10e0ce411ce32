// Small datasets with faults, written here, imported and built by the program under test.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pinfold, webDist } from './env.mjs'
import { run } from './process.mjs'

/** Doubles as the bytes of a chunk. */
export const doubles = (values) => Buffer.from(Float64Array.from(values).buffer)

/**
 * A Zarr v2 group as files by path. Each variable has `shape`, `dims`, and maybe `chunks`, `dtype`, `compressor`,
 * `fill`, `attrs` and `data` (chunk key to bytes; what is missing is fill value). With `consolidated` only.
 */
export function zarr (title, variables) {
  const metadata = { '.zgroup': { zarr_format: 2 }, '.zattrs': { title, Conventions: 'CF-1.8' } }
  const files = {}
  for (const [name, one] of Object.entries(variables)) {
    metadata[`${name}/.zarray`] = {
      zarr_format: 2,
      shape: one.shape,
      chunks: one.chunks ?? one.shape.map((length) => Math.max(length, 1)),
      dtype: one.dtype ?? '<f8',
      compressor: one.compressor ?? null,
      fill_value: one.fill ?? 'NaN',
      order: 'C',
      filters: null
    }
    metadata[`${name}/.zattrs`] = { _ARRAY_DIMENSIONS: one.dims, ...one.attrs }
    for (const [key, bytes] of Object.entries(one.data ?? {})) files[`${name}/${key}`] = bytes
  }
  for (const name of ['.zgroup', '.zattrs']) files[name] = JSON.stringify(metadata[name])
  files['.zmetadata'] = JSON.stringify({ zarr_consolidated_format: 1, metadata })
  return files
}

const plain = 'title: Made for a test\npublisher: {name: Nobody}\ngateways: []\n'

/**
 * Imports each of `datasets` (name to files by path) and builds a catalogue of them; `settings` is its site.yaml.
 * `cids` are by name; `cars` are the archives to serve; `stop()` removes everything.
 */
export async function catalogue (datasets, settings = plain) {
  const folder = await mkdtemp(join(tmpdir(), 'pinfold-made-'))
  const path = (...parts) => join(folder, ...parts)
  const write = async (file, bytes) => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
  }
  const pinlist = path('pinlist.yaml')
  const cars = []
  for (const [name, files] of Object.entries(datasets)) {
    for (const [file, bytes] of Object.entries(files)) await write(path('data', name, file), bytes)
    const car = path(`${name}.car`)
    await run(pinfold, ['add', path('data', name), '--name', name, '--car', car, '--pinlist', pinlist, '--created', '2026-01-01'])
    cars.push(car)
  }
  const cids = {}
  let cid
  for (const line of (await readFile(pinlist, 'utf8')).split('\n')) {
    cid = /^- *cid: *(\S+)/.exec(line)?.[1] ?? cid
    const name = /^ +name: *['"]?([^'"]+)/.exec(line)?.[1]
    if (name) cids[name] = cid
  }
  await write(path('content/site.yaml'), settings)
  const args = ['build', '--pinlist', pinlist, '--content', path('content'), '--out', path('site'), '--no-cache']
  if (webDist) args.push('--assets', webDist)
  for (const car of cars) args.push('--source', car)
  await run(pinfold, args)
  return { cids, cars, site: path('site'), stop: () => rm(folder, { recursive: true, force: true }) }
}
