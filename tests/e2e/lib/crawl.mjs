// Follows every link of a site.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", '#x2f': '/', '#x3d': '=' }
const unescape = (text) => text.replace(/&([a-z]+|#x?[0-9a-f]+);/gi, (whole, name) => entities[name.toLowerCase()] ?? whole)

/**
 * Visits `start` and all pages below `base` that are linked from there.
 * Returns the pages, and what is broken as `page → address: status`.
 */
export async function crawl (start, base) {
  const seen = new Map()
  const broken = []
  const queue = [[start, '(start)']]
  while (queue.length > 0) {
    const [url, from] = queue.shift()
    if (seen.has(url)) continue
    const response = await fetch(url)
    seen.set(url, response.headers.get('content-type') ?? '')
    if (!response.ok) {
      await response.body?.cancel()
      broken.push(`${from} → ${url}: ${response.status}`)
      continue
    }
    if (!seen.get(url).startsWith('text/html')) {
      await response.body?.cancel()
      continue
    }
    const html = (await response.text()).replace(/<script type="application\/ld\+json">[\s\S]*?<\/script>/g, '')
    for (const [, name, value] of html.matchAll(/<(?:a|link|script|img|source)\b[^>]*?\s(href|src)="([^"]*)"/g)) {
      const target = new URL(unescape(value), response.url)
      target.hash = ''
      if (target.origin !== new URL(base).origin) continue
      // Absolute addresses (canonical, feed) carry the site's own url and lie elsewhere.
      if (!target.href.startsWith(base)) broken.push(`${url} → ${name} ${value}: leaves ${base}`)
      else queue.push([target.href, url])
    }
  }
  const pages = [...seen].filter(([, type]) => type.startsWith('text/html')).map(([url]) => url)
  return { pages, addresses: [...seen.keys()], broken }
}
