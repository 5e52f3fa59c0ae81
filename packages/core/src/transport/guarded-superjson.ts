import { SuperJSON } from 'superjson'
import { SyncError } from '../base/errors.ts'

/** A transformer as tRPC takes it, on both ends. */
export interface GuardedSuperjson {
  /** @throws SyncError INVALID (superjson refuses the keys `__proto__`, `constructor`, `prototype`) */
  readonly serialize: (value: unknown) => unknown
  /** @throws SyncError INVALID, before anything costly is done with a hostile message */
  readonly deserialize: (message: unknown) => unknown
}

const maxDepth = 64
const maxAnnotations = 10_000
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
/** The protocol is plain JSON; these are what a host app's errors may add to it. */
const allowedTypes: ReadonlySet<unknown> = new Set(['undefined', 'Date', 'bigint', 'number'])

const refuse = (reason: string, cause?: unknown): SyncError =>
  new SyncError('INVALID', `This message can't be carried by superjson: ${reason}.`, { reason }, { cause })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Walks without recursion, so that depth can't exhaust the stack. */
const assertPlain = (root: unknown): void => {
  const open: { readonly value: object; readonly depth: number }[] = isObject(root)
    ? [{ value: root, depth: 1 }]
    : []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > maxDepth) throw refuse(`it is nested deeper than ${maxDepth} levels`)
    for (const [key, member] of Object.entries(next.value)) {
      if (forbiddenKeys.has(key)) throw refuse(`it has the key ${key}`)
      if (isObject(member)) open.push({ value: member, depth: next.depth + 1 })
    }
  }
}

/** Annotations form a tree: an object of subtrees by path, or `[type]`, or `[type, subtrees]`. */
const assertAnnotations = (root: unknown): void => {
  const open: { readonly tree: unknown; readonly depth: number }[] = [{ tree: root, depth: 0 }]
  let count = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { tree, depth } = next
    count += 1
    if (count > maxAnnotations) throw refuse(`it has more than ${maxAnnotations} annotations`)
    if (Array.isArray(tree)) {
      if (!allowedTypes.has(tree[0]) || tree.length > 1)
        throw refuse('it has an annotation that is not used here')
    } else if (isObject(tree)) {
      for (const [path, child] of Object.entries(tree)) {
        const deeper = depth + path.split('.').length
        if (deeper > maxDepth) throw refuse('it has a path that is too long')
        open.push({ tree: child, depth: deeper })
      }
    } else {
      throw refuse('its annotations are malformed')
    }
  }
}

const instance = new SuperJSON()

/**
 * superjson for our own transport and middleware. Its `referentialEqualities` let a small message block a process
 * for seconds: they are never written, and refused before they are walked.
 */
export const guardedSuperjson: GuardedSuperjson = {
  serialize(value) {
    try {
      const { json, meta } = instance.serialize(value)
      return meta?.values === undefined ? { json } : { json, meta: { values: meta.values, v: 1 } }
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : String(error), error)
    }
  },
  deserialize(message) {
    if (!isObject(message)) throw refuse('it is not a superjson message')
    const { json, meta } = message
    assertPlain(json)
    if (meta === undefined) return json
    if (!isObject(meta)) throw refuse('its annotations are malformed')
    if ('referentialEqualities' in meta) throw refuse('it refers to the same object twice')
    if (meta['values'] === undefined) return json
    assertAnnotations(meta['values'])
    try {
      return instance.deserialize({ json, meta: { values: meta['values'], v: 1 } } as never, {
        inPlace: true,
      })
    } catch (error) {
      throw refuse('its annotations do not fit', error)
    }
  },
}
