import { withoutComments } from './blocks.ts'

/** What a line of a model says, without comments and alignment. Empty for a line that says nothing. */
export const codeOf = (line: string): string => withoutComments(line).trim().replaceAll(/\s+/g, ' ')

/** The table of a model with this body. */
export const tableOf = (body: string, name: string): string =>
  /^[ \t]*@@map\((?:name:\s*)?"([^"]+)"\)/m.exec(withoutComments(body))?.[1] ?? name

/** A line's identity in its model: a field's name, or what an attribute is about. */
const keyOf = (code: string): string => {
  if (!code.startsWith('@@')) return code.split(' ')[0] ?? ''
  const [, kind = '', columns = ''] = /^@@(\w+)\(\s*(?:fields:\s*)?(\[[^\]]*\])?/.exec(code) ?? []
  return kind === 'index' || kind === 'unique' ? `@@${kind}${columns.replaceAll(/\s/g, '')}` : `@@${kind}`
}

/** True when a line says all that the wanted one does; it may say more, `@db.Text` say. */
const says = (code: string, wanted: string): boolean => {
  if (wanted.startsWith('@@')) {
    const bare = (text: string): string => text.replaceAll(/\s|fields:/g, '')
    return bare(code).startsWith(bare(wanted).slice(0, -1))
  }
  const parts = new Set(code.split(' '))
  return wanted.split(' ').every((part) => parts.has(part))
}

export interface MergedModel {
  readonly lines: readonly string[]
  /** Fields that were not there. */
  readonly added: readonly string[]
  readonly changed: boolean
}

/**
 * A model that an older version wrote, as this one needs it. What somebody added to it stays: a comment, a relation,
 * `@@schema`. No version ever took a field or an index away.
 */
export const mergeModel = (present: readonly string[], wanted: readonly string[]): MergedModel => {
  const lines = [...present]
  const added: string[] = []
  let changed = false
  let after = -1
  for (const line of wanted) {
    const code = codeOf(line)
    if (code === '') continue
    const isAttribute = code.startsWith('@@')
    const place = lines.findIndex((other) => keyOf(codeOf(other)) === keyOf(code))
    if (place !== -1) {
      // In which database schema the tables are is the app's affair.
      if (!code.startsWith('@@schema(') && !says(codeOf(lines[place] ?? ''), code)) {
        lines[place] = line
        changed = true
      }
      if (!isAttribute) after = place
      continue
    }
    changed = true
    if (isAttribute) {
      lines.push(line)
    } else {
      after += 1
      lines.splice(after, 0, line)
      added.push(keyOf(code))
    }
  }
  return { lines, added, changed }
}
