export interface OpenStreams {
  /** What each of them said first. */
  readonly first: readonly string[]
  readonly close: () => void
}

/** Live streams of one user that stay open until they are closed. */
export const openStreams = async (url: string, user: string, count: number): Promise<OpenStreams> => {
  const input = encodeURIComponent(JSON.stringify({ protocol: 4, clientId: 'c', scopes: [`team-${user}`] }))
  const stop = new AbortController()
  const responses = await Promise.all(
    Array.from({ length: count }, () =>
      fetch(`${url}/trpc/sync.live?input=${input}`, {
        headers: { authorization: user },
        signal: stop.signal,
      }),
    ),
  )
  return { first: await Promise.all(responses.map(firstEvent)), close: () => stop.abort() }
}

const firstEvent = async (response: Response): Promise<string> => {
  let text = ''
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  for (let chunk = await reader?.read(); chunk !== undefined && !chunk.done; chunk = await reader?.read()) {
    text += decoder.decode(chunk.value, { stream: true })
    const kind = /"kind":"(\w+)"/.exec(text)?.[1]
    if (kind !== undefined) return kind
  }
  return text
}
