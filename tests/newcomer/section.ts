import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** One thing that a section has its reader do. */
export type Step =
  | { readonly kind: 'write'; readonly file: string; readonly text: string }
  /** What the file has to be before, and is after. */
  | { readonly kind: 'change'; readonly file: string; readonly before: string; readonly after: string }
  | { readonly kind: 'run'; readonly command: string }
  /** Runs on in a terminal of its own. */
  | { readonly kind: 'serve'; readonly command: string }

/** What a diff of a whole file makes of it: the lines that begin with a space or the sign. */
const sideOf = (diff: string, sign: '-' | '+'): string =>
  diff
    .split('\n')
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
    .map((line) => line.slice(1))
    .join('\n')

const stepsOf = (language: string, info: string, text: string): readonly Step[] => {
  const [, file] = /^file=(\S+)$/.exec(info) ?? []
  if (language === 'sh') {
    const commands = text.split('\n').filter((line) => line !== '')
    return commands.map((command) => ({ kind: info === 'server' ? 'serve' : 'run', command }))
  }
  if (file === undefined) throw new Error(`Nothing says what becomes of this block:\n${text}`)
  return language === 'diff'
    ? [{ kind: 'change', file, before: sideOf(text, '-'), after: sideOf(text, '+') }]
    : [{ kind: 'write', file, text }]
}

/** All code of a section, in order: whatever is not understood is an error, so nothing is left out. */
export const stepsIn = (page: string, title: string): readonly Step[] => {
  const [, section] = page.split(new RegExp(`^## ${title}$`, 'm'))
  const [own = ''] = section?.split(/^## /m) ?? []
  const blocks = [...own.matchAll(/^```(\w+) ?([^\n]*)\n(.*?)^```$/gms)]
  if (own.match(/^```/gm)?.length !== blocks.length * 2)
    throw new Error('A block of the section is not closed.')
  return blocks.flatMap(([, language = '', info = '', text = '']) => stepsOf(language, info, text))
}

export const readme = (): string =>
  readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8').replaceAll('\r\n', '\n')
