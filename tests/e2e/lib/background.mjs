// A tab that is really in the background. Pages of the driver always believe that they are seen, and a tab beside one is
// seen too; so this one is opened and asked over the browser's own protocol, without the driver.

/** Opens `url` in a tab, then another tab of the same window in front of it. `evaluate` runs an expression in it. */
export async function backgroundTab (browser, url) {
  const session = await browser.newBrowserCDPSession()
  const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
  const { targetId: front } = await session.send('Target.createTarget', { url: 'about:blank' })
  await session.send('Target.activateTarget', { targetId: front })
  let last = 0
  const send = (method, params) => new Promise((resolve, reject) => {
    const id = ++last
    const listen = ({ sessionId: from, message }) => {
      const answer = JSON.parse(message)
      if (from !== sessionId || answer.id !== id) return
      session.off('Target.receivedMessageFromTarget', listen)
      answer.error ? reject(new Error(answer.error.message)) : resolve(answer.result)
    }
    session.on('Target.receivedMessageFromTarget', listen)
    session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject)
  })
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  await send('Page.navigate', { url })
  return {
    evaluate,
    async close () {
      for (const one of [front, targetId]) await session.send('Target.closeTarget', { targetId: one })
      await session.detach()
    }
  }
}
