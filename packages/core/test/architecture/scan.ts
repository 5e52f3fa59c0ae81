import { parseSync, Visitor, type Expression } from 'oxc-parser'

export interface Import {
  readonly specifier: string
  readonly line: number
}

/** What one source file asks of others and of its surroundings. */
export interface Scan {
  /** `import`, `import type`, `export from`, `import()` and `import('x').Type` alike */
  readonly imports: readonly Import[]
  readonly starExports: readonly number[]
  readonly impurities: readonly { readonly what: string; readonly line: number }[]
  readonly lines: number
}

const impureCalls = new Set(['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'Date'])
const impureGlobals = new Set([...impureCalls, 'localStorage', 'sessionStorage'])
const impureMembers = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
])
const globalNames = new Set(['globalThis', 'window', 'self', 'global'])

/** `a.b.c`, also for `a['b'].c`; undefined for anything else */
const pathOf = (node: Expression): string | undefined => {
  if (node.type === 'Identifier') return node.name
  if (node.type !== 'MemberExpression' || node.object.type === 'Super') return undefined
  const object = pathOf(node.object)
  if (object === undefined) return undefined
  if (node.property.type === 'Identifier' && !node.computed) return `${object}.${node.property.name}`
  if (node.property.type === 'Literal' && typeof node.property.value === 'string') {
    return `${object}.${node.property.value}`
  }
  return undefined
}

const withoutGlobal = (path: string): { name: string; explicit: boolean } => {
  const [head = '', ...rest] = path.split('.')
  return globalNames.has(head) && rest.length > 0
    ? { name: rest.join('.'), explicit: true }
    : { name: path, explicit: false }
}

export const scanSource = (file: string, code: string): Scan => {
  const { program, errors } = parseSync(file, code)
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message ?? ''}`)

  const imports: Import[] = []
  const starExports: number[] = []
  const impurities: { what: string; line: number }[] = []
  const lineAt = (offset: number): number => code.slice(0, offset).split('\n').length
  const imported = (source: { value?: unknown; start: number } | null): void => {
    if (source === null) return
    const specifier = typeof source.value === 'string' ? source.value : '(computed)'
    imports.push({ specifier, line: lineAt(source.start) })
  }
  const impure = (what: string, start: number): void => {
    impurities.push({ what, line: lineAt(start) })
  }

  new Visitor({
    ImportDeclaration: (node) => imported(node.source),
    ExportNamedDeclaration: (node) => imported(node.source),
    ExportAllDeclaration(node) {
      imported(node.source)
      starExports.push(lineAt(node.start))
    },
    ImportExpression: (node) => imported(node.source),
    TSImportType: (node) => imported(node.source),
    NewExpression(node) {
      const path = pathOf(node.callee)
      if (path === undefined || withoutGlobal(path).name !== 'Date') return
      if (node.arguments.length === 0) impure('new Date()', node.start)
    },
    CallExpression(node) {
      const path = pathOf(node.callee)
      if (path !== undefined && impureCalls.has(path)) impure(`${path}()`, node.start)
    },
    MemberExpression(node) {
      const path = pathOf(node)
      if (path === undefined) return
      const { name, explicit } = withoutGlobal(path)
      if (impureMembers.has(name)) impure(name, node.start)
      else if (explicit && name !== 'Date' && impureGlobals.has(name)) impure(name, node.start)
      else if (/^(localStorage|sessionStorage)\./.test(path)) impure(path, node.start)
    },
  }).visit(program)

  return { imports, starExports, impurities, lines: code.trimEnd().split('\n').length }
}
