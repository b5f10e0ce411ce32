// Gateways that behave badly, each in its own way, in front of a good one.
import { createServer } from 'node:http'

/**
 * Starts a gateway that passes requests on to `upstream` and spoils the answers for blocks:
 * - `lie`: flips one bit of every body
 * - `hang`: takes the request and never answers
 * - `404`: has nothing
 * - `slow`: answers after 200 ms
 * - `cut`: ends the connection in the middle of the body
 * - `once`: flips one bit of one block of more than 10 kB, and of no other
 * - `raw-only`: refuses archives, as a server may
 * - `trickle`: sends `bytesPerSecond`
 * - `plain`: spoils nothing (for counting requests)
 * `requests` lists what was asked for; each has the bytes `sent` of its body, and whether the other side `closed` the
 * connection before all of it was.
 */
export async function badGateway (upstream, how, { delayMs = 200, bytesPerSecond = 4e6, port = 0 } = {}) {
  const requests = []
  const waiting = new Set()
  let lied = null
  const server = createServer(async (request, response) => {
    const entry = { url: request.url, method: request.method, sent: 0, closed: false }
    requests.push(entry)
    response.on('close', () => { entry.closed = !response.writableFinished })
    const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }
    if (request.method === 'OPTIONS') return response.writeHead(204, cors).end()
    if (how === 'hang') {
      waiting.add(response)
      return
    }
    if (how === 'raw-only' && request.url.includes('format=car')) return response.writeHead(400, cors).end('no archives\n')
    if (how === '404') return response.writeHead(404, { ...cors, 'content-type': 'text/plain' }).end('not here\n')
    if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, delayMs))
    const headers = {}
    for (const name of ['accept', 'range', 'if-none-match']) {
      if (request.headers[name]) headers[name] = request.headers[name]
    }
    try {
      const answer = await fetch(upstream + request.url, { method: request.method, headers, redirect: 'manual' })
      const body = Buffer.from(await answer.arrayBuffer())
      const type = answer.headers.get('content-type') ?? 'application/octet-stream'
      const spoiled = answer.ok && body.length > 0
      if (how === 'once' && spoiled && body.length > 10000) lied ??= request.url
      if ((how === 'lie' || (how === 'once' && lied === request.url)) && spoiled) body[Math.floor(body.length / 2)] ^= 1
      response.writeHead(answer.status, { ...cors, 'content-type': type, 'content-length': body.length })
      if (how === 'cut' && spoiled) {
        response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
        return
      }
      if (how === 'trickle') {
        const piece = Math.ceil(bytesPerSecond / 50)
        while (entry.sent < body.length && !response.destroyed) {
          const part = body.subarray(entry.sent, entry.sent + piece)
          await new Promise((resolve) => response.write(part, resolve))
          if (!response.destroyed) entry.sent += part.length
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        return response.end()
      }
      entry.sent = body.length
      response.end(body)
    } catch (error) {
      response.writeHead(502, cors).end(String(error))
    }
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    async stop () {
      for (const response of waiting) response.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
