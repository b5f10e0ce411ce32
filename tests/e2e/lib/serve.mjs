// `pinfold serve` on a free port.
import { demoCar, demoSite, pinfold } from './env.mjs'
import { freePort, start } from './process.mjs'

/** Serves a site with a gateway over `sources`; `origin` has no slash at its end. */
export async function serve ({ site = demoSite, sources = [demoCar], host = '127.0.0.1' } = {}) {
  const origin = `http://${host}:${await freePort()}`
  const args = ['serve', '--site', site, '--listen', origin.slice('http://'.length)]
  for (const source of sources) args.push('--source', source)
  const server = await start(pinfold, args, `${origin}/`)
  return { ...server, origin }
}
