import { fieldTypeConformance, promisedFieldTypeRules } from '@holdfast/core/testing'
import { fieldCases } from '../../../packages/core/test/support/field-cases.ts'
import { otJsonCase, otTextCase } from '../../../packages/plugins/test/support/ot-cases.ts'
import { textCase } from '../../../packages/plugins/test/support/text-case.ts'
import { seconds } from '../../run.ts'
import type { Proof } from '../proof.ts'

const runs = 10_000

/** The rules that are the laws of merging, by their numbers in docs/spec/model.md. */
const laws: Readonly<Record<string, string>> = {
  FT11: 'deltas commute',
  FT12: 'commutative',
  FT13: 'associative',
  FT14: 'idempotent',
  FT18: 'shown as taken',
  FT19: 'needs the order of the server',
  FT20: 'ignores time',
}

const cases = { ...fieldCases, text: textCase, otText: otTextCase, otJson: otJsonCase }

/** Each law once for a type; resolves to what broke. */
const check = async (options: (typeof cases)[keyof typeof cases]): Promise<readonly string[]> => {
  const checks: (readonly [string, () => Promise<void>])[] = []
  fieldTypeConformance({
    ...options,
    runs,
    test(name, run) {
      const law = laws[/^\[(\w+)\]/.exec(name)?.[1] ?? '']
      if (law !== undefined) checks.push([law, run])
    },
  })
  const broken: string[] = []
  for (const [law, run] of checks) {
    try {
      await run()
    } catch (error) {
      console.error(error)
      broken.push(law)
    }
  }
  return broken
}

export const proof: Proof = {
  title: `Every field type keeps the laws of merging that it promises, in ${runs.toLocaleString('en')} histories of three devices for each law.`,
  async run() {
    const failed: string[] = []
    let kept = 0
    for (const [name, options] of Object.entries(cases)) {
      const start = performance.now()
      const promised = promisedFieldTypeRules(options).map(({ id }) => id)
      const broken = await check(options)
      const [asked, others] = [true, false].map((isAsked) =>
        Object.entries(laws).filter(([id]) => promised.includes(id) === isAsked),
      )
      const told = asked?.map(([, law]) => `${law} ${broken.includes(law) ? 'BROKEN' : runs}`) ?? []
      const rest = others?.map(([, law]) => law).join(', ')
      console.log(`${name}: ${told.join(', ')}; not promised: ${rest} (${seconds(start)})`)
      kept += told.length
      failed.push(...broken.map((law) => `${name}: ${law}`))
    }
    return {
      holds: failed.length === 0,
      figure:
        failed.length === 0
          ? `${Object.keys(cases).join(', ')}: ${kept} laws promised, ${runs} histories each, none broken`
          : failed.join('; '),
    }
  },
}
