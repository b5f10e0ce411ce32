// Servers that a test starts and stops by their process.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A port of the loopback interface that nobody listens on. */
export async function freePort () {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs a program to its end; throws with its output when it fails. */
export async function run (program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => { stdout += chunk })
  child.stderr.on('data', (chunk) => { stderr += chunk })
  const code = await new Promise((resolve, reject) => { child.on('close', resolve); child.on('error', reject) })
  if (code !== 0 && !options.anyCode) throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`)
  return { code, stdout, stderr }
}

/** Starts a server and waits until `url` answers; `stop()` ends it. */
export async function start (program, args, url, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let log = ''
  child.stdout.on('data', (chunk) => { log += chunk })
  child.stderr.on('data', (chunk) => { log += chunk })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(late)
  }
  process.on('exit', () => child.kill('SIGKILL'))
  const deadline = Date.now() + (options.startMs ?? 20000)
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it answered\n${log}`)
    try {
      await fetch(url, { signal: AbortSignal.timeout(1000), method: options.method ?? 'GET' })
      return { pid: child.pid, url, stop, log: () => log }
    } catch {
      if (Date.now() > deadline) {
        await stop()
        throw new Error(`${program} did not answer at ${url}\n${log}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
