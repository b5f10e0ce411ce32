// Builds the peer into one directory: peer.js and, loaded only for WebRTC-direct, its chunk.
// usage: node build.mjs OUTDIR
import { build } from 'esbuild'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { readFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const outdir = process.argv[2] ?? join(here, 'dist')

// npm nests copies of one version in many places; the first copy of each major version is used everywhere.
const copies = new Map()
const dedupe = {
  name: 'dedupe',
  setup (build) {
    build.onResolve({ filter: /^[@a-z]/ }, (args) => {
      if (args.pluginData === 'resolved' || args.kind === 'entry-point') return
      const name = args.path.split('/').slice(0, args.path.startsWith('@') ? 2 : 1).join('/')
      const found = nearest(args.resolveDir, name)
      if (found == null) return
      const { version } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'))
      const key = `${name}@${version.split('.')[0]}`
      if (!copies.has(key)) copies.set(key, found)
      // A package is resolved from the folder that holds the chosen copy.
      const holder = dirname(copies.get(key)).replace(/\/@[^/]+$/, '')
      return build.resolve(args.path, { resolveDir: dirname(holder), kind: args.kind, pluginData: 'resolved' })
    })
  }
}

function nearest (from, name) {
  for (let dir = from; dir.length >= here.length; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
}

const result = await build({
  absWorkingDir: here,
  entryPoints: { peer: 'src/peer.js' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DUMP_SESSION_KEYS': 'undefined', global: 'globalThis' },
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  plugins: [dedupe],
  metafile: true
})
let total = 0
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  const bytes = brotliCompressSync(readFileSync(join(here, file))).length
  total += bytes
  console.log(`${file}  ${output.bytes} bytes, ${bytes} brotli${output.entryPoint ? '  (entry)' : ''}`)
}
console.log(`total ${total} brotli`)
if (process.argv.includes('--analyse')) {
  const { analyzeMetafile } = await import('esbuild')
  console.log(await analyzeMetafile(result.metafile))
}
