type Fetch = typeof globalThis.fetch

/** As tRPC's links call it: their options are a little wider than those of `fetch`. */
type LinkFetch = (input: Parameters<Fetch>[0], init?: object) => Promise<Response>

/**
 * tRPC's links drop an answer whose body is not JSON, and its status with it: a proxy's 401 or 429 would look like any broken
 * answer. Around the `fetch` of a link the answer stays, as the failure's cause, where `trpcTransport({ client })` finds it.
 */
export const keepingResponse =
  (request: Fetch): LinkFetch =>
  async (input, init) => {
    const response = await request(input, init)
    const json = async (): Promise<unknown> => {
      const text = await response.text()
      try {
        return JSON.parse(text)
      } catch {
        throw new Error('The answer is not JSON.', { cause: response })
      }
    }
    return Object.defineProperty(response, 'json', { value: json })
  }

/** The response that a failure kept. */
export const keptResponse = (failure: unknown): Response | undefined =>
  failure instanceof Error && failure.cause instanceof Response ? failure.cause : undefined
