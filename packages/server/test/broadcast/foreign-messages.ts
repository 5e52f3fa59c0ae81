import type { Broadcaster, Hint } from '@holdfast/server/broadcasters'
import { expect, vi } from 'vitest'

/** Of what is said on the channel it hears what is a hint, and skips everything else. */
export const expectForeignMessagesSkipped = async (
  broadcaster: Broadcaster,
  say: (text: string) => Promise<unknown>,
): Promise<void> => {
  const heard: Hint[] = []
  let isListening = false
  broadcaster.subscribe({
    onHint(hint) {
      if (hint.scope === 'hello') isListening = true
      else heard.push(hint)
    },
    onGap: () => undefined,
    onClose: () => undefined,
  })
  await vi.waitFor(async () => {
    await say('[["hello",1]]')
    expect(isListening).toBe(true)
  })
  for (const text of ['', '{', '7', '[7]', '[[]]', '[["a"]]', '[["a","b"]]', '{"a":1}', 'null'])
    await say(text)
  await say('[["a",1],["b"],["c",3]]')
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  expect(heard).toEqual([
    { scope: 'a', head: 1 },
    { scope: 'c', head: 3 },
  ])
}
