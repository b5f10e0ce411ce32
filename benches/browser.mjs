// Chromium as it is measured, and windows in it.
import { createRequire } from 'node:module'

const { chromium } = createRequire(new URL('../tests/e2e/package.json', import.meta.url))('playwright-core')

// The last list wins: what playwright turns off and is of weight here stands in it again. The two of the address bar are
// pages of the browser's own, of 150 scripts, that load with every new window and take their time from the first page.
const off = [
  'PaintHolding', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'ThirdPartyStoragePartitioning', 'OptimizationHints',
  'MediaRouter', 'LensOverlay', 'DestroyProfileOnBrowserClose', 'AvoidUnnecessaryBeforeUnloadCheckSync',
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'
]

export const executablePath = process.env.PINFOLD_CHROMIUM ?? '/usr/bin/chromium'

/** Frames do not wait for a display, so that a figure is work and not the clock of a screen. */
export const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-gpu-vsync', '--disable-frame-rate-limit',
  `--disable-features=${off}`
]

export const launch = () => chromium.launch({ executablePath, args: flags })

/** A window with a fresh profile that has come to rest: what is timed in it is not its own opening. */
export async function open (browser, more = {}) {
  const context = await browser.newContext(more)
  const page = await context.newPage()
  await page.waitForTimeout(300)
  return { context, page }
}
