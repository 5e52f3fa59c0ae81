/** A browser that uses the app's own routes, as before. */
export interface Rest {
  readonly invoices: (team: string) => Promise<readonly InvoiceRow[]>
  readonly post: (path: string, body: object) => Promise<Row>
  readonly patch: (path: string, body: object) => Promise<Row>
  readonly delete: (path: string) => Promise<void>
}

export interface Row {
  readonly id: string
}

/** As JSON tells it. */
export interface InvoiceRow extends Row {
  readonly title: string
  readonly status: string
  readonly discount: string
  readonly due: string | null
  readonly riskNote: string | null
  readonly lines: readonly { readonly amount: string }[]
}

export const restOf = (url: string, user: string): Rest => {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/teams/${path}`, {
      method,
      headers: { authorization: `Bearer token-of-${user}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : await answer.json()
  }
  return {
    invoices: async (team) => (await call('GET', `${team}/invoices`)) as readonly InvoiceRow[],
    post: async (path, body) => (await call('POST', path, body)) as Row,
    patch: async (path, body) => (await call('PATCH', path, body)) as Row,
    delete: async (path) => void (await call('DELETE', path)),
  }
}
