/** Of a device that only pushes: how much of the feed may come along with an answer. */
export interface Frugal {
  readonly pageFor: (operations: number) => number
  /** Whether there was more than the page. */
  readonly came: (hasMore: boolean) => void
}

/** Beside its own changes: what others did to a device that is up to date but for them. */
const ofOthers = 20

/** Far behind, no page is the last one, and none is of use: it is only asked for because an answer has one. */
export const createFrugal = (pageLimit: number): Frugal => {
  let isFarBehind = false
  return {
    pageFor: (operations) => (isFarBehind ? 1 : Math.min(pageLimit, operations + ofOthers)),
    came(hasMore) {
      isFarBehind = hasMore
    },
  }
}
