// The IPFS peer in the page against real Kubo: bitswap over ws, wss and WebRTC-direct, and off again.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createServer } from 'node:tls'
import { flags, launch } from './lib/browser.mjs'
import { demoCar, kubo as program } from './lib/env.mjs'
import { assertValues, datasetOf, expectations, explore, siteWith } from './lib/explorer.mjs'
import { kubo } from './lib/kubo.mjs'
import { netLog } from './lib/netlog.mjs'
import { freePort, run } from './lib/process.mjs'

const skip = program === null && 'no Kubo: `cargo xtask tools` builds it with Go'

let browser, node, cid, variables, log
before(async () => {
  if (skip) return
  const found = datasetOf(await expectations(), 'weather station')
  cid = found[0]
  variables = found[1].variables
  node = await kubo({ webrtc: true })
  await node.ipfs('dag', 'import', '--pin-roots=false', demoCar)
  log = await netLog()
  // The certificate of the test's own wss is self-signed.
  const started = await Promise.all([launch({ args: [...flags, '--ignore-certificate-errors', ...log.flags] }), node.start()])
  browser = started[0]
})
after(async () => { await browser?.close(); await node?.stop(); await log?.stop() })

/** Switches the peer on with `lines` in the box; waits until the list says what became of them. */
async function turnOn (page, lines) {
  await page.getByText('IPFS peer in this page').click()
  await page.locator('#explore-peer').fill(lines)
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('#explore-peers li').first().waitFor()
  await page.locator('#explore-peers[data-state=on]').waitFor({ timeout: 20000 })
  return page.locator('#explore-peers').innerText()
}

/** Opens a page whose only source can be the peer, draws through it, and switches it off. */
async function drawnThrough (address, allowed) {
  const site = await siteWith([])
  let visit
  try {
    visit = await explore(browser, site.origin, cid, '#explore?variable=air_temperature', { allowed, ignoreHTTPSErrors: true })
    assert.equal(visit.state, 'failed', 'nobody has the blocks yet')
    const before = await visit.verified()
    assert.match(await turnOn(visit.page, address), /connected/)
    // The picture comes by itself once there is somebody to ask.
    await visit.page.locator('#explorer[data-state=ready]').waitFor({ timeout: 20000 })
    await assertValues(visit.statistic, variables.air_temperature, address)
    assert.ok(await visit.verified() > before, 'blocks of the peer are counted')
    const row = await visit.source('peer in this page')
    assert.match(row, /Helia, in this page\s+[1-9]/, row)
    assert.match(await node.ipfs('swarm', 'peers'), /\S/, 'Kubo sees no connection')

    await visit.page.getByRole('button', { name: 'Turn off' }).click()
    await visit.page.locator('#explore-peers[data-state=off]').waitFor({ state: 'attached' })
    for (let tries = 0; await node.ipfs('swarm', 'peers') !== ''; tries++) {
      assert.ok(tries < 30, 'a connection stayed open after the peer was switched off')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.equal(await visit.page.locator('[aria-labelledby=explore-sources] tr').filter({ hasText: 'peer in this page' }).count(), 0)
    assert.equal(await visit.go('#explore?variable=wind_speed'), 'failed', 'off means gone')
    visit.assertOrigins()
  } finally {
    await visit?.close()
    await site.stop()
  }
}

test('over ws on this computer', { skip, timeout: 60000 }, async () => {
  const address = await node.address()
  await drawnThrough(address, [`ws://127.0.0.1:${/tcp\/(\d+)/.exec(address)[1]}`])
})

test('over WebRTC-direct, without any certificate authority', { skip, timeout: 60000 }, async () => {
  await drawnThrough(await node.address('webrtc-direct'), [])
})

test('over wss', { skip, timeout: 60000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pinfold-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-days', '2', '-keyout', key, '-out', cert])
  } catch {
    return t.skip('no openssl to make a certificate with')
  }
  const address = await node.address()
  const [, port] = /tcp\/(\d+)/.exec(address)
  const proxy = createServer({ key: await readFile(key), cert: await readFile(cert) }, (socket) => {
    const inner = connect(Number(port), '127.0.0.1')
    socket.pipe(inner).pipe(socket)
    for (const one of [socket, inner]) one.on('error', () => { socket.destroy(); inner.destroy() })
  })
  const outer = await freePort()
  await new Promise((resolve) => proxy.listen(outer, '127.0.0.1', resolve))
  try {
    const secure = address.replace(`/tcp/${port}/ws`, `/tcp/${outer}/tls/ws`)
    await drawnThrough(secure, [`wss://127.0.0.1:${outer}`])
  } finally {
    proxy.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test('peers of the site are offered, and those that no browser can dial say why', { skip, timeout: 60000 }, async () => {
  const id = await node.ipfs('id', '-f', '<id>')
  const address = await node.address()
  const peers = [address, `/ip4/192.0.2.7/tcp/4001/p2p/${id}`, `/ip4/192.0.2.7/udp/4001/quic-v1/p2p/${id}`, `/dnsaddr/peer.example/p2p/${id}`]
  const site = await siteWith([], { peers })
  try {
    const visit = await explore(browser, site.origin, cid, '#explore?variable=air_temperature', {
      allowed: [`ws://127.0.0.1:${/tcp\/(\d+)/.exec(address)[1]}`]
    })
    const list = await turnOn(visit.page, '')
    const line = (part) => list.split('\n').filter((text) => text.includes(part)).join(' ')
    assert.match(line('/ws/'), /connected/)
    assert.match(list, /cannot dial ip4\/tcp[\s\S]*AutoTLS\.Enabled true/)
    assert.match(list, /cannot dial ip4\/udp\/quic-v1[\s\S]*webrtc-direct/)
    assert.match(list, /dnsaddr[\s\S]*third party/)
    await visit.page.locator('#explorer[data-state=ready]').waitFor({ timeout: 20000 })
    visit.assertOrigins()
    await visit.close()
  } finally {
    await site.stop()
  }
})

test('a router is asked only when the visitor agrees', { skip, timeout: 60000 }, async () => {
  const address = await node.address()
  const id = await node.ipfs('id', '-f', '<id>')
  const asked = []
  const router = createHttpServer((request, response) => {
    asked.push(request.url)
    const Addrs = [address.replace(/\/p2p\/.*/, ''), '/ip4/192.0.2.7/tcp/4001']
    response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
    response.end(JSON.stringify({ Providers: [{ Schema: 'peer', ID: id, Addrs }] }))
  })
  await new Promise((resolve) => router.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${router.address().port}`
  const site = await siteWith([], { router: at })
  try {
    const visit = await explore(browser, site.origin, cid, '#explore?variable=air_temperature', {
      allowed: [at, `ws://127.0.0.1:${/tcp\/(\d+)/.exec(address)[1]}`]
    })
    await visit.page.getByText('IPFS peer in this page').click()
    await visit.page.getByRole('button', { name: 'Turn on' }).click()
    await visit.page.locator('#explore-peers li', { hasText: 'no address was given' }).waitFor()
    assert.deepEqual(asked, [], 'asked without consent')
    await visit.page.locator('#explore-router').check()
    await visit.page.getByRole('button', { name: 'Turn on' }).click()
    await visit.page.locator('#explorer[data-state=ready]').waitFor({ timeout: 20000 })
    assert.deepEqual(asked, [`/routing/v1/providers/${cid}`])
    visit.assertOrigins()
    await visit.close()
  } finally {
    router.close()
    await site.stop()
  }
})

test('no page spoke to anybody but this computer, by the log of the browser', { skip }, async () => {
  await browser.close()
  const { urls, addresses, datagrams } = await log.read()
  assert.ok(urls.length > 20, `only ${urls.length} requests are in the log`)
  assert.deepEqual(urls.filter((url) => !/^(https?|wss?):\/\/127\.0\.0\.1[:/]|^(data|blob):/.test(url)), [])
  const others = (list) => list.filter((address) => !/^127\.|^\[::1\]/.test(address))
  assert.deepEqual(others(addresses), [])
  // WebRTC sends datagrams; nobody else may get one.
  assert.ok(datagrams.length > 0, 'WebRTC sent nothing')
  assert.deepEqual(others(datagrams), [])
})
