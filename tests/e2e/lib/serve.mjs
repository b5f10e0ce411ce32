// `pinfold serve` on a free port.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoCar, demoSite, pinfold } from './env.mjs'
import { freePort, start } from './process.mjs'

/**
 * Serves a site with a gateway over `sources`; `origin` has no slash at its end. The demo is served from a copy that
 * names no other gateway: on a busy machine the explorer would ask those too.
 */
export async function serve ({ site = demoSite, sources = [demoCar], host = '127.0.0.1' } = {}) {
  const folder = site === demoSite ? await mkdtemp(join(tmpdir(), 'pinfold-site-')) : undefined
  if (folder) {
    await cp(site, folder, { recursive: true })
    const settings = JSON.parse(await readFile(join(site, 'site.json'), 'utf8'))
    await writeFile(join(folder, 'site.json'), JSON.stringify({ ...settings, gateways: [] }))
  }
  const origin = `http://${host}:${await freePort()}`
  const args = ['serve', '--site', folder ?? site, '--listen', origin.slice('http://'.length)]
  for (const source of sources) args.push('--source', source)
  const server = await start(pinfold, args, `${origin}/`)
  const stop = async () => {
    await server.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  }
  return { ...server, stop, origin }
}
