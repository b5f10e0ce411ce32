// Measures the explorer in Chromium: `explorer.mjs FOLDER ORIGIN PART`, one JSON object out.
//
// FOLDER holds pinlist.yaml, stores.json and zarrita.js; at ORIGIN `pinfold serve` has the site with the datasets.
// Every visit has a fresh profile. Requests go through a server of this script where they are delayed or counted.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { executablePath, flags, launch, open } from './browser.mjs'

const [folder, origin, part] = process.argv.slice(2)
const { stored_bytes: stored, slices } = JSON.parse(await readFile(join(folder, 'stores.json'), 'utf8'))
const cids = {}
let last
for (const line of (await readFile(join(folder, 'pinlist.yaml'), 'utf8')).split('\n')) {
  last = /^- *cid: *(\S+)/.exec(line)?.[1] ?? last
  const name = /^ +name: *['"]?([^'"]+)/.exec(line)?.[1]
  if (name) cids[name] = last
}

/** A server in front of `origin` that waits before each answer, and counts what it sends of blocks. */
async function through (delayMs) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const counted = { requests: 0, bytes: 0 }
  const { host } = new URL(origin)
  const server = createServer((incoming, outgoing) => {
    const blocks = incoming.url.startsWith('/ipfs/')
    const pass = () => {
      const passed = request(origin + incoming.url, { method: incoming.method, headers: { ...incoming.headers, host }, agent }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers)
        if (blocks) {
          counted.requests++
          answer.on('data', (bytes) => { counted.bytes += bytes.length })
        }
        answer.pipe(outgoing)
      })
      passed.on('error', () => outgoing.destroy())
      outgoing.on('close', () => passed.destroy())
      passed.end()
    }
    if (delayMs > 0) setTimeout(pass, delayMs)
    else pass()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = async () => {
    server.closeAllConnections()
    agent.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${server.address().port}`, counted, stop }
}

const browser = await launch()

/**
 * Of the page that drew most: when its frames were drawn, and what each took whose content the page had changed, from its
 * beginning until it was drawn. Between two frames there may be more: where a frame begins before the hand has moved on,
 * Chromium ends it and, without a display, begins the next one a sixtieth of a second later.
 */
function framesOf (events) {
  const pages = {}
  for (const { name, pid, ts, args } of events) {
    const page = pages[`${pid} ${args?.layerTreeId}`] ??= { begun: [], mains: new Map(), active: [], drawn: [] }
    if (name === 'BeginFrame') page.begun.push(ts / 1000)
    else if (name === 'BeginMainThreadFrame') page.mains.set(args.data.frameId, ts / 1000)
    else if (name === 'ActivateLayerTree') page.active.push([args.frameId, ts / 1000])
    else if (name === 'DrawFrame') page.drawn.push(ts / 1000)
  }
  const { begun, mains, active, drawn } = Object.values(pages).toSorted((a, b) => b.drawn.length - a.drawn.length)[0]
  for (const list of [begun, drawn]) list.sort((a, b) => a - b)
  const took = active.flatMap(([frame, since]) => {
    const from = begun.findLast((ts) => ts <= (mains.get(frame) ?? -1))
    const to = drawn.find((ts) => ts >= since)
    return from === undefined || to === undefined ? [] : [to - from]
  })
  return { drawn, took }
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const at = (list, share) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]
const least = (list) => Math.min(...list)

/** A landing page with a fresh profile. `site.json` names no gateways, so that only the origin is asked. */
async function visit (base, name, more = {}) {
  const { context, page } = await open(browser, { viewport: { width: 1280, height: 900 }, ...more })
  await page.addInitScript(() => { delete globalThis.showSaveFilePicker })
  await page.goto(`${base}/ds/${cids[name]}/`)
  return { context, page }
}

/** Goes to a view, says yes at once if it asks before it loads, and waits until its picture was painted; milliseconds. */
const shown = (hash) => new Promise((resolve, reject) => {
  const host = document.getElementById('explorer')
  const started = performance.now()
  let [began, answered] = [false, false]
  const late = setTimeout(() => reject(new Error(`${hash}: still ${host.dataset.state}`)), 120_000)
  new MutationObserver((records, observer) => {
    began ||= records.some(({ oldValue }) => oldValue === 'loading') || host.dataset.state === 'loading'
    const yes = document.getElementById('explorer-load')
    if (yes && !answered) {
      answered = true
      began = false
      yes.click()
      return
    }
    const { state } = host.dataset
    if (!began || yes || !['ready', 'failed'].includes(state)) return
    observer.disconnect()
    clearTimeout(late)
    if (state === 'failed') return reject(new Error(`${hash}: ${host.innerText.slice(0, 400)}`))
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)))
  }).observe(host, { attributeFilter: ['data-state'], attributeOldValue: true, childList: true, subtree: true })
  location.hash = hash
})
const show = (page, hash) => page.evaluate(shown, hash)

const out = {}
const parts = {
  // Click to first plot, everything cold: module, worker, structure, blocks.
  async plot () {
    for (const delayMs of [0, 50]) {
      const server = await through(delayMs)
      for (const name of ['line1', 'line8', 'line64', 'small']) {
        const times = []
        for (let run = 0; run < 3; run++) {
          const { context, page } = await visit(server.origin, name)
          times.push(await show(page, '#explore?variable=ta'))
          await context.close()
        }
        out[`${name}_${delayMs}`] = median(times)
      }
      await server.stop()
    }
  },

  // The whole of 64 MB, verified, as an archive in the browser's keeping; the same chunks by verified-fetch, as zarrita asks
  // for them; by bare `fetch`; and all of it by one bare `fetch`, which is as fast as this browser takes bytes at all.
  async stream () {
    const mine = []
    const bare = []
    const single = []
    const theirs = []
    const script = await readFile(join(folder, 'zarrita.js'), 'utf8')
    const counts = { ta: Math.ceil(8e6 / 131072), time: Math.ceil(8e6 / (1 << 20)) }
    const paths = Object.entries(counts).flatMap(([name, count]) => Array.from({ length: count }, (_, at) => `${name}/${at}`))
    const bytes = stored.line64.ta + stored.line64.time
    for (let run = 0; run < 3; run++) {
      const { context, page } = await visit(origin, 'line64')
      await show(page, '#explore?variable=time&time=0:10')
      mine.push(await page.evaluate(() => new Promise((resolve, reject) => {
        const started = performance.now()
        const note = document.getElementById('explore-taken')
        new MutationObserver((_, observer) => {
          if (!note.textContent) return
          observer.disconnect()
          if (/is saved/.test(note.textContent)) resolve(performance.now() - started)
          else reject(new Error(note.textContent))
        }).observe(note, { childList: true, characterData: true, subtree: true })
        for (const button of document.querySelectorAll('#explore-whole button')) if (button.textContent === 'CAR') button.click()
      })))
      await context.close()
      const plain = await visit(origin, 'line64')
      bare.push(await plain.page.evaluate(async ({ cid, paths }) => {
        const started = performance.now()
        let sum = 0
        const next = async () => {
          for (let path = paths.shift(); path; path = paths.shift()) {
            const answer = await fetch(`/ipfs/${cid}/${path}`)
            if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
            const { byteLength } = await answer.arrayBuffer()
            sum += byteLength
          }
        }
        await Promise.all(Array.from({ length: 6 }, next))
        return { ms: performance.now() - started, sum }
      }, { cid: cids.line64, paths }))
      await plain.context.close()
      const verified = await visit(origin, 'line64', { bypassCSP: true })
      await verified.page.evaluate(script)
      theirs.push(await verified.page.evaluate(async ({ cid, paths }) => {
        const reader = await globalThis.openZarrita(location.origin, cid)
        // As the picture of the first times, which was drawn above.
        await reader.stream(['time/0'])
        const started = performance.now()
        const sum = await reader.stream(paths)
        const ms = performance.now() - started
        await reader.stop()
        return { ms, sum }
      }, { cid: cids.line64, paths }))
      await verified.context.close()
      const one = await visit(origin, 'line64')
      single.push(await one.page.evaluate(async (cid) => {
        const started = performance.now()
        const { byteLength } = await (await fetch(`/ipfs/${cid}?format=car&dag-scope=all`)).arrayBuffer()
        return { ms: performance.now() - started, sum: byteLength }
      }, cids.line64))
      await one.context.close()
    }
    if (single[0].sum < bytes) throw new Error(`the archive has ${single[0].sum} bytes of ${bytes}`)
    if (theirs[0].sum !== bytes) throw new Error(`verified-fetch brought ${theirs[0].sum} bytes of ${bytes}`)
    if (bare[0].sum !== bytes) throw new Error(`fetch brought ${bare[0].sum} bytes of ${bytes}`)
    out.mine_ms = least(mine)
    out.theirs_ms = least(theirs.map(({ ms }) => ms))
    out.bare_ms = least(bare.map(({ ms }) => ms))
    out.single_ms = least(single.map(({ ms }) => ms))
    out.bytes = bytes
  },

  // The same by zarrita over verified-fetch, until its values are there; ours until its picture is. Both are open already:
  // scripts are loaded, the dataset's root is known. zarrita reads what the picture takes: the times too, where there are any.
  async zarrita () {
    const script = await readFile(join(folder, 'zarrita.js'), 'utf8')
    const theirs = async (base, name, variables) => {
      // The page's policy would keep its decoders from loading.
      const { context, page } = await visit(base, name, { bypassCSP: true })
      await page.evaluate(script)
      const ms = await page.evaluate(({ cid, variables }) => {
        const read = async () => {
          const reader = await globalThis.openZarrita(location.origin, cid)
          const started = performance.now()
          const all = await Promise.all(variables.map((name) => reader.read(name)))
          const ms = performance.now() - started
          if (!all.every((values) => values.length > 0 && values[values.length - 1] > 0)) throw new Error('no values')
          await reader.stop()
          return ms
        }
        const late = new Promise((resolve, reject) => setTimeout(() => reject(new Error('no values within a minute')), 60_000))
        return Promise.race([read(), late])
      }, { cid: cids[name], variables })
      await context.close()
      return ms
    }
    const ours = async (base, name, [variable, time]) => {
      const { context, page } = await visit(base, name)
      await show(page, `#explore?variable=${time ?? variable}&${time ?? 'sample'}=0:2`)
      const ms = await show(page, `#explore?variable=${variable}`)
      await context.close()
      return ms
    }
    const cases = [
      ['line8', 'ta', 'time'], ['line64', 'ta', 'time'], ['plain64', 'ta'], ['packed', 'lz4', 'time'], ['packed', 'zstd', 'time'],
      ['plainpacked', 'lz4'], ['plainpacked', 'zstd']
    ]
    for (const delayMs of [0, 50]) {
      const server = delayMs > 0 ? await through(delayMs) : { origin, stop: () => {} }
      for (const [name, ...variables] of cases) {
        const found = { ours: [], theirs: [] }
        const key = `${name}_${variables[0]}_${delayMs}`
        try {
          // In turns, for the machine is not always as fast.
          for (let run = 0; run < 3; run++) {
            found.theirs.push(await theirs(server.origin, name, variables))
            found.ours.push(await ours(server.origin, name, variables))
          }
        } catch (error) {
          // What it cannot read is told, and the other cases are measured.
          out[key] = { failed: error.message.split('\n')[0] }
          continue
        }
        out[key] = { ours_ms: least(found.ours), theirs_ms: least(found.theirs) }
      }
      await server.stop()
    }
  },

  // What is fetched of blocks against the chunks that a view needs.
  async bytes () {
    const cases = [
      ['line8', '#explore?variable=ta', stored.line8.ta + stored.line8.time],
      ['small', '#explore?variable=ta', stored.small.ta + stored.small.time],
      // Two of eight chunks of the values, one chunk of the clock.
      ['line8', '#explore?variable=ta&time=131072:393216', 2 * 1048576 + stored.line8.time],
      ['grid', '#explore?variable=sst&time=7', 1_000_000 + stored.grid.lat + stored.grid.lon + stored.grid.time]
    ]
    out.cases = []
    for (const [name, hash, needed] of cases) {
      const server = await through(0)
      const { context, page } = await visit(server.origin, name)
      await show(page, hash)
      await page.waitForTimeout(300)
      out.cases.push({ name: `${name} ${hash.slice(1)}`, fetched: server.counted.bytes, requests: server.counted.requests, needed })
      await context.close()
      await server.stop()
    }
  },

  // Ten million points, a twentieth of them in the window, dragged to and fro. Frames are those that Chromium says that it
  // drew. A picture is one that was drawn anew or one that was shifted; where a shifted one did not reach the edges of its
  // axes, that is counted.
  async pan () {
    const { context, page } = await visit(origin, 'points')
    await show(page, '#explore?variable=ta')
    await show(page, '#explore?variable=ta&time=4750000:5250000')
    const box = await page.locator('#explorer-pictures .drawn').first().boundingBox()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.evaluate(() => {
      const seen = globalThis.bench = { frames: [], latencies: [], anew: [], behind: [], blank: 0 }
      let pressed = 0
      addEventListener('pointermove', (event) => { pressed = event.timeStamp }, true)
      const host = document.querySelector('#explorer-pictures .svg')
      let waiting = false
      let drawn = false
      let holds
      const look = () => {
        const line = host.querySelector('g[clip-path] .m path')
        const box = line.getBBox()
        const clip = host.querySelector('clipPath rect').getBBox()
        holds = { left: clip.x - box.x / 10, right: (box.x + box.width) / 10 - clip.x - clip.width }
      }
      new MutationObserver((records) => {
        drawn ||= records.some(({ type }) => type === 'childList')
        if (waiting) return
        waiting = true
        const from = pressed
        // The end of the frame that shows it.
        requestAnimationFrame(() => {
          const anew = drawn
          waiting = drawn = false
          const channel = new MessageChannel()
          channel.port1.onmessage = () => {
            const now = performance.now()
            seen.frames.push(now)
            seen.latencies.push(now - from)
            if (anew) {
              seen.anew.push(now)
              look()
            }
            const by = Number(/translateX\((.*)px\)/.exec(host.querySelector('.m')?.getAttribute('style'))?.[1] ?? 0)
            if (holds && (by > holds.left + 3 || -by > holds.right + 3)) seen.blank++
          }
          channel.port2.postMessage(0)
        })
      }).observe(host, { childList: true, subtree: true, attributeFilter: ['style'] })
    })
    const cdp = await context.newCDPSession(page)
    const tracer = await browser.newBrowserCDPSession()
    const events = []
    tracer.on('Tracing.dataCollected', ({ value }) => events.push(...value))
    const complete = new Promise((resolve) => tracer.on('Tracing.tracingComplete', resolve))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await tracer.send('Tracing.start', { traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline.frame'] }, transferMode: 'ReportEvents' })
    // As a mouse does: every 8 ms, whether the page keeps up or not; to and fro, always as fast.
    const [began, sent] = [Date.now(), []]
    for (let step = 1; Date.now() - began < 6000; step++) {
      const turn = (Date.now() - began) / 2500 % 1
      const shift = (turn < 0.25 ? turn : turn < 0.75 ? 0.5 - turn : turn - 1) * 1.6 * box.width
      sent.push(cdp.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: x + shift, y, button: 'left', buttons: 1 }))
      await new Promise((resolve) => setTimeout(resolve, began + step * 8 - Date.now()))
    }
    await Promise.all(sent)
    await tracer.send('Tracing.end')
    await complete
    const { frames, latencies, anew, blank } = await page.evaluate(() => globalThis.bench)
    await page.mouse.up()
    const steps = (list) => list.slice(1).map((frame, index) => frame - list[index])
    const found = framesOf(events)
    const between = steps(found.drawn)
    const drawn = steps(anew)
    if (found.took.length < 60 || drawn.length < 12) throw new Error(`only ${found.took.length} frames in six seconds, ${drawn.length} of them drawn anew`)
    out.frames = between.length
    out.p95_ms = at(found.took, 0.95)
    out.median_ms = median(found.took)
    out.between_p95_ms = at(between, 0.95)
    out.latency_p95_ms = at(latencies, 0.95)
    out.anew = drawn.length
    out.anew_p95_ms = at(drawn, 0.95)
    out.blank = blank / frames.length
    await context.close()
  },

  // A line across 64 chunks of 256 kB, of which one value each is drawn; what a line across two costs is taken off.
  async decode () {
    const { context, page } = await visit(origin, 'codecs')
    out.ms = {}
    out.bytes = 62 * 65536 * 4
    const names = Object.keys(stored.codecs).filter((name) => name !== 'time')
    const times = Object.fromEntries(names.map((name) => [name, { few: [], all: [] }]))
    // Variable after variable, for what was drawn last is at hand.
    for (let run = 0; run < 6; run++) {
      for (const name of names) {
        times[name].few.push(await show(page, `#explore?variable=${name}&time=0:2&channel=0&as=line`))
        times[name].all.push(await show(page, `#explore?variable=${name}&channel=0&as=line`))
      }
    }
    for (const name of names) out.ms[name] = least(times[name].all) - least(times[name].few)
    await context.close()
  },

  // A gigabyte browsed by slices: memory of the page's process. The driver is not used here, for it has the browser
  // keep what every request answered.
  async memory () {
    const profile = await mkdtemp(join(tmpdir(), 'pinfold-bench-'))
    const child = spawn(executablePath, [...flags, '--headless=new', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      const address = await new Promise((resolve, reject) => {
        let said = ''
        child.stderr.on('data', (bytes) => {
          said += bytes
          const found = /ws:\/\/\S+/.exec(said)
          if (found) resolve(found[0])
        })
        setTimeout(() => reject(new Error(`Chromium named no address: ${said.slice(0, 300)}`)), 20_000).unref()
      })
      const socket = new WebSocket(address)
      await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject })
      const waiting = new Map()
      let next = 1
      socket.onmessage = ({ data }) => {
        const { id, result, error } = JSON.parse(data)
        waiting.get(id)?.(result ?? { error })
        waiting.delete(id)
      }
      const send = (method, params = {}, sessionId = undefined) => new Promise((resolve) => {
        waiting.set(next, resolve)
        socket.send(JSON.stringify({ id: next++, method, params, sessionId }))
      })
      const { targetId } = await send('Target.createTarget', { url: `${origin}/ds/${cids.grid}/` })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const evaluate = async (expression) => {
        const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
        return result.value
      }
      for (let turn = 0; turn < 100 && !(await evaluate('document.readyState === "complete" && Boolean(document.getElementById("explorer"))')); turn++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      const seen = []
      for (let slice = 0; slice < slices; slice++) {
        await evaluate(`(${shown})(${JSON.stringify(`#explore?variable=sst&time=${slice}`)})`)
        const { processInfo } = await send('SystemInfo.getProcessInfo')
        const sizes = await Promise.all(processInfo.filter(({ type }) => type === 'renderer').map(async ({ id }) => {
          const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
          return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
        }))
        seen.push(Math.max(...sizes))
      }
      // The cache in memory (48 MB) is full by then; between two collections garbage piles up.
      out.early = least(seen.slice(50, 85))
      out.late = least(seen.slice(85))
      out.peak = Math.max(...seen)
      out.seen = seen.map((bytes) => Math.round(bytes / 1e6))
      socket.close()
    } finally {
      child.kill()
      await new Promise((resolve) => child.once('exit', resolve))
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

try {
  await parts[part]()
  console.log(JSON.stringify(out))
} finally {
  await browser.close()
}
process.exit(0)
