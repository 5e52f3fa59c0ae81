import type { ScanRequest } from '../../storage/contract.ts'

/** Keys that tell literal, bytewise prefixes from patterns, locales and case folding. */
export const adversarialKeys: readonly string[] = [
  ...[
    ' ',
    '  ',
    '!',
    '"',
    "'",
    "''",
    '%',
    '%%',
    '%a',
    '_',
    '__',
    '_a',
    '\\',
    '\\%',
    '*',
    '*a',
    '[',
    '[a]',
    ']',
    '?',
  ],
  ...[
    'a',
    'a ',
    'a!',
    'a%',
    'a%b',
    'a*',
    'a/',
    'a/1',
    'a/10',
    'a/2',
    'a0',
    'a_',
    'a_b',
    'aXb',
    'a\\',
    "a'",
    'a"',
  ],
  ...[
    'aA',
    'aa',
    'ab',
    'abc',
    'a~',
    'a~~',
    'A',
    'AB',
    'Ab',
    'B',
    'b',
    'b/',
    '0',
    '00',
    '1',
    '10',
    '2',
    '-1',
    '1e3',
  ],
  ...[
    '~',
    '~a',
    '~~',
    '{',
    '}',
    '^',
    '`',
    'z',
    'Z',
    '/',
    '//',
    '.',
    ':',
    '@',
    'NULL',
    'null',
    ';--',
    '$1',
    '?1',
  ],
]

export const bytewise = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** What a scan has to answer, found without an index. */
export const modelScan = (keys: readonly string[], request: ScanRequest): readonly string[] => {
  const { scan, after, limit = Infinity, reverse = false } = request
  const matching = keys.filter((key) => key.startsWith(scan)).toSorted(bytewise)
  if (reverse) matching.reverse()
  const rest =
    after === undefined ? matching : matching.filter((key) => (reverse ? key < after : key > after))
  return rest.slice(0, limit)
}
