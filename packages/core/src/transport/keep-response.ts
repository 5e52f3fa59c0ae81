type Fetch = typeof globalThis.fetch

/** tRPC drops a response whose body is not JSON, and its status with it: here it stays, as the failure's cause. */
export const keepingResponse =
  (request: Fetch): Fetch =>
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
