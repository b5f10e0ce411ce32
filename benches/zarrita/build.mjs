// `node build.mjs OUT.js`: the page's script as one file.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

await build({
  entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
  outfile: process.argv[2], bundle: true, minify: true, format: 'iife', target: 'es2022', platform: 'browser',
  logLevel: 'warning'
})
