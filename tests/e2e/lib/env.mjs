// Where things are. `cargo xtask test` sets these; the defaults serve a run by hand after `cargo xtask test demo`.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')

/** The program under test. */
export const pinfold = process.env.PINFOLD_BIN ?? join(target, 'debug/pinfold')
/** The demo catalogue's blocks. */
export const demoCar = join(root, 'tests/fixtures/demo/demo.car')
/** The demo catalogue as `pinfold build` wrote it. */
export const demoSite = process.env.PINFOLD_DEMO_SITE ?? join(target, 'test-demo')
/** The front end as `cargo xtask web` built it last, or null: then the program's own is used. */
export const webDist = existsSync(join(target, 'web-dist/manifest.json')) ? join(target, 'web-dist') : null
/** Chromium. */
export const chromium = process.env.PINFOLD_CHROMIUM ?? '/usr/bin/chromium'
/** Kubo's ipfs, or null. */
export const kubo = [process.env.PINFOLD_IPFS, join(target, 'tools/ipfs')].find((path) => path && existsSync(path)) ?? null
/** Inputs that are not in the repository, or null. */
export const sharedData = existsSync(join(root, '../shared/data')) ? join(root, '../shared/data') : null
