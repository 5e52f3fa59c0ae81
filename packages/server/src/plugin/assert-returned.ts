import type { ServerHookName } from './hooks.ts'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isOperation = (value: unknown): boolean =>
  isObject(value) && typeof value['type'] === 'string' && typeof value['payload'] === 'string'

/** So that a hook that forgets to return is named, and not whoever gets what it returned. @throws Error */
export const assertReturned = (name: ServerHookName, returned: unknown): void => {
  switch (name) {
    case 'migrateRecord':
      if (isObject(returned) && isObject(returned['record'])) return
      throw new Error('It must return what it was given, with the record changed or not.')
    case 'migrateOperation':
      if (isObject(returned) && isOperation(returned['operation'])) return
      throw new Error('It must return what it was given, with the operation changed or not.')
    case 'acceptOperation':
      if (isOperation(returned)) return
      throw new Error('It must return the operation, changed or not.')
    case 'beforeJudge':
    case 'beforeApply':
    case 'afterCommit':
  }
}
