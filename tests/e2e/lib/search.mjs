// Using the search box as a visitor does.

/** Titles of the datasets that are shown, in their order. */
export async function shown (page) {
  const titles = await page.locator('#results .title:visible').allInnerTexts()
  return titles.map((text) => text.replace(/\s+/g, ' ').trim())
}

/** Types a query and waits for the app's own list; its titles. */
export async function search (page, query) {
  await page.locator('#search[data-ready]').waitFor({ timeout: 20000 })
  await page.locator('input[type=search]').first().fill(query)
  await page.waitForURL((url) => url.searchParams.get('q') === query, { timeout: 15000 })
  await page.locator('#results .live ol .title:visible').first().waitFor({ timeout: 15000 })
  return shown(page)
}
