/** What was found of one thing, and what to do about it. */
export type Check =
  | { readonly name: string; readonly state: 'ok'; readonly says: string }
  | {
      readonly name: string
      readonly state: 'warning' | 'error'
      readonly says: string
      readonly advice: string
    }

export const ok = (name: string, says: string): Check => ({ name, state: 'ok', says })

export const warning = (name: string, says: string, advice: string): Check => ({
  name,
  state: 'warning',
  says,
  advice,
})

export const error = (name: string, says: string, advice: string): Check => ({
  name,
  state: 'error',
  says,
  advice,
})
