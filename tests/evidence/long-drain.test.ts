import { expect, test } from 'vitest'
import { runDrain } from '../drain/run-drain.ts'
import { figure } from '../harness/figure.ts'

const operations = 1_000

test(
  `[P03] [P08] ${operations} operations drain into a server that is killed halfway; nothing answered is sent again`,
  { timeout: 180_000 },
  async () => {
    const result = await runDrain(operations)
    figure(`${result.pushes} pushes, ${result.unanswered} unanswered, ${result.sentAgain} sent again`)
    expect(result).toMatchObject({ sentAgain: 0, answered: operations, left: 0 })
    expect(result.unanswered).toBeGreaterThan(0)
  },
)
