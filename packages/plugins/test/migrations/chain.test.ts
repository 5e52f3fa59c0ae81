import { hasCode } from '@holdfast/core'
import { localServer } from '../../../core/test/support/transports.ts'
import { migrations, type MigrationStep } from '@holdfast/plugins/migrations'
import { expect, test } from 'vitest'
import { second, toSecond, toThird } from './app.ts'
import { openWorld } from './world.ts'

const step = (from: string, to: string): MigrationStep => ({ from, to })

const wrong: Readonly<Record<string, readonly MigrationStep[]>> = {
  'no step': [],
  'a gap': [step('1.0.0', '1.1.0'), step('1.2.0', '1.3.0')],
  'two ways': [step('1.0.0', '1.1.0'), step('1.0.0', '1.2.0')],
  downward: [step('1.1.0', '1.0.0')],
  'a circle': [step('1.0.0', '1.1.0'), step('1.1.0', '1.0.0')],
  nowhere: [step('1.0.0', '1.0.0')],
  'no version': [step('1.0', '1.1.0')],
}

const misspelt: Readonly<Record<string, unknown>> = {
  'a member that no step has': [{ from: '1.0.0', to: '2.0.0', record: { todos: (todo: object) => todo } }],
  'what is no function': [{ from: '1.0.0', to: '2.0.0', records: { todos: { title: 'x' } } }],
  'functions without their collection': [{ from: '1.0.0', to: '2.0.0', operations: (one: object) => one }],
  'what is no step': [undefined],
  'no list': undefined,
}

test.each(Object.keys(misspelt))('[MG1] what would bring nothing up is refused at the start: %s', (name) => {
  expect(() => migrations(misspelt[name] as readonly MigrationStep[])).toThrow(
    expect.objectContaining({ code: 'MISCONFIGURED', details: { option: 'migrations' } }),
  )
})

test.each(Object.keys(wrong))('[MG1] steps that are no chain are refused at the start: %s', (name) => {
  expect(() => migrations(wrong[name] ?? [])).toThrow(expect.objectContaining({ code: 'MISCONFIGURED' }))
})

test('[MG1] a chain that does not end at the schema is refused by client and server', async () => {
  const device = openWorld().device('ann')
  for (const steps of [[toSecond], [toSecond, toThird, step('2.0.0', '2.1.0')]]) {
    const opened: unknown = await device
      .open('2.0.0', { plugins: [migrations(steps)] })
      .catch((error: unknown) => error)
    expect(hasCode(opened, 'MISCONFIGURED')).toBe(true)
  }
  const start = () => localServer({ schema: second, plugins: [migrations([toSecond, toThird])] })
  expect(start).toThrow(expect.objectContaining({ code: 'MISCONFIGURED' }))
  expect(() => localServer({ schema: second, plugins: [migrations([toSecond])] })).not.toThrow()
})
