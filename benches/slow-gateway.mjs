// A gateway that answers later than the one behind it: `node slow-gateway.mjs PORT UPSTREAM DELAY_MS`.
// Every request waits the delay once, as on a link with that round trip; bodies pass unchanged.
import { Agent, createServer, request } from 'node:http'

const [port, upstream, delay] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

createServer((incoming, outgoing) => {
  setTimeout(() => {
    const options = { method: incoming.method, headers: incoming.headers, agent }
    const passed = request(`http://${upstream}${incoming.url}`, options, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    passed.end()
  }, Number(delay))
}).listen(Number(port), '127.0.0.1')
