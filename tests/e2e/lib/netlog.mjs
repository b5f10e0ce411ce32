// Chromium's own log of the network: every request and every connection of the whole browser.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `flags` for the launch; after the browser is closed `read()` gives what it asked for and whom it connected to. */
export async function netLog () {
  const folder = await mkdtemp(join(tmpdir(), 'pinfold-netlog-'))
  const file = join(folder, 'net.json')
  return {
    // No name but numbers is looked up, so that the browser's own errands reach nobody.
    flags: [`--log-net-log=${file}`, '--net-log-capture-mode=Default', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    async read () {
      const text = await readFile(file, 'utf8')
      const { constants, events } = JSON.parse(text)
      const type = (name) => constants.logEventTypes[name]
      const of = (names, field, suits = () => true) => {
        const wanted = new Set(names.map(type))
        const found = events.filter((event) => wanted.has(event.type) && suits(event.params ?? {}))
        return [...new Set(found.map((event) => event.params?.[field]).filter(Boolean))]
      }
      return {
        // What a page began: the browser's own errands (updates, spelling) have no origin or are no page's.
        urls: of(['URL_REQUEST_START_JOB'], 'url', ({ initiator }) => /^https?:/.test(initiator ?? '')),
        addresses: of(['TCP_CONNECT_ATTEMPT'], 'address'),
        // Whom datagrams were sent to (STUN, QUIC, WebRTC); a socket may have been connected before. Connecting alone
        // sends nothing: that is how Chromium looks whether there is a way by IPv6.
        datagrams: [...new Set(events.filter((event) => event.type === type('UDP_BYTES_SENT')).map((event) => event.params?.address ??
          events.find((other) => other.type === type('UDP_CONNECT') && other.source.id === event.source.id)?.params?.address))]
      }
    },
    stop: () => rm(folder, { recursive: true, force: true })
  }
}
