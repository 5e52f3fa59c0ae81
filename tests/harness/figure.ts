/** A number that a proof shows beside its verdict. */
export const figure = (text: string): void => {
  process.stdout.write(`figure: ${text}\n`)
}
