import { colours, inVoiceOf } from './colours.ts'

const nameWidth = 8

/** Tells the story, line by line. */
export interface Narrator {
  readonly title: (text: string) => void
  readonly act: (text: string) => void
  readonly line: (who: string, text: string) => void
  /** More about the line before. */
  readonly detail: (text: string) => void
  readonly good: (text: string) => void
  readonly bad: (text: string) => void
  readonly block: (text: string) => void
}

export const createNarrator = (write: (line: string) => void): Narrator => {
  let acts = 0
  return {
    title: (text) => write(`\n${colours.bold(text)}`),
    act(text) {
      acts += 1
      write(`\n${colours.bold(`${acts}. ${text}`)}`)
    },
    line: (who, text) => write(`  ${inVoiceOf(who, who.padEnd(nameWidth))}${text}`),
    detail: (text) => write(`  ${' '.repeat(nameWidth)}${colours.dim(text)}`),
    good: (text) => write(`  ${colours.green(`✓ ${text}`)}`),
    bad: (text) => write(`  ${colours.red(`✗ ${text}`)}`),
    block: (text) => write(text.replaceAll(/^/gm, '  ')),
  }
}
