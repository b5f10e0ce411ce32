// Lighthouse's four categories for one page.
import lighthouse, { desktopConfig } from 'lighthouse'
import { launch } from './browser.mjs'
import { freePort } from './process.mjs'

/** Scores from 0 to 100 and the audits that cost points. */
export async function scores (url) {
  const port = await freePort()
  const browser = await launch({ args: [...(await import('./browser.mjs')).flags, `--remote-debugging-port=${port}`] })
  try {
    const flags = { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'] }
    const { lhr } = await lighthouse(url, flags, desktopConfig)
    const result = {}
    const costly = []
    for (const [name, category] of Object.entries(lhr.categories)) {
      result[name] = Math.round(category.score * 100)
      for (const { id, weight } of category.auditRefs) {
        const { score, title } = lhr.audits[id]
        if (weight > 0 && score !== null && score < 0.9) costly.push(`${name}: ${title} (${id})`)
      }
    }
    return { scores: result, costly }
  } finally {
    await browser.close()
  }
}
