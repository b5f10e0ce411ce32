// A plain web server with the site under a path, as GitHub Pages has it.
import { createServer } from 'node:http'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.xml': 'application/xml', '.png': 'image/png',
  '.car': 'application/vnd.ipld.car'
}

/**
 * Serves `folder` below `prefix` (`/repo`); `origin` has no slash at its end. `instead` gives other bodies for
 * paths (`{'/site.json': '…'}`; `null` is never answered, a function is given the response), and may be changed while
 * the server runs.
 */
export async function staticServer (folder, prefix = '', instead = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname)
    if (instead[path] === null) return
    if (typeof instead[path] === 'function') return instead[path](response)
    if (path in instead) {
      return response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(instead[path])
    }
    if (!path.startsWith(`${prefix}/`)) return response.writeHead(404).end()
    let file = join(folder, normalize(path.slice(prefix.length)))
    try {
      if ((await stat(file)).isDirectory()) {
        if (!path.endsWith('/')) return response.writeHead(301, { location: `${path}/` }).end()
        file = join(file, 'index.html')
      }
      const body = await readFile(file)
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async stop () {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
