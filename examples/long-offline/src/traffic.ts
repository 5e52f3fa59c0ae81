/** What went over the wire, both ways, bodies alone. */
export interface Traffic {
  readonly requests: number
  readonly bytes: number
}

export interface Wire {
  readonly fetch: typeof globalThis.fetch
  readonly traffic: () => Traffic
  /** The next push reaches the server, and its answer is lost on the way back. */
  readonly loseNextAnswer: () => void
}

export const countingWire = (): Wire => {
  let traffic: Traffic = { requests: 0, bytes: 0 }
  let isLosing = false
  return {
    async fetch(input, init) {
      const response = await fetch(input, init)
      const body = await response.arrayBuffer()
      const sent = typeof init?.body === 'string' ? Buffer.byteLength(init.body) : 0
      traffic = { requests: traffic.requests + 1, bytes: traffic.bytes + sent + body.byteLength }
      if (isLosing && sent > 0) {
        isLosing = false
        throw new TypeError('The connection was lost.')
      }
      return new Response(body, { status: response.status, headers: response.headers })
    },
    traffic: () => traffic,
    loseNextAnswer() {
      isLosing = true
    },
  }
}
