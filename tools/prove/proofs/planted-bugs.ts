import { firstSeed } from '../../sim/first-seed.ts'
import { plantedBugs } from '../../sim/planted/bugs.ts'
import { catchBug, soundness, type Caught } from '../../sim/planted/catch-bug.ts'
import type { Proof } from '../proof.ts'

const mostSeeds = 500
const fewestBugs = 25

const lineOf = ({ name, seeds, promise, innocent }: Caught): string => {
  const remark = innocent.length === 0 ? '' : `  fails without it too: ${innocent.join()}`
  return `${(seeds ?? 'never').toString().padStart(6)}  ${name.padEnd(64)} ${promise}${remark}`
}

export const proof: Proof = {
  title: 'Every planted bug is caught on seeds that pass without it.',
  async run() {
    const first = firstSeed()
    console.log(`seeds from ${first} on\n${'seeds'.padStart(6)}  ${'bug'.padEnd(64)} promise found broken`)
    const isSound = soundness()
    const all: Caught[] = []
    for (const bug of plantedBugs) {
      const caught = await catchBug(bug, { first, most: mostSeeds, isSound })
      console.log(lineOf(caught))
      all.push(caught)
    }
    const missed = all.filter(({ seeds }) => seeds === undefined)
    const innocent = all.flatMap((one) => one.innocent)
    const most = Math.max(...all.map(({ seeds }) => seeds ?? mostSeeds))
    return {
      holds: all.length >= fewestBugs && missed.length === 0 && innocent.length === 0,
      figure: `${all.length - missed.length} of ${all.length} bugs caught, after at most ${most} seeds; ${innocent.length} of those seeds fail without the bug`,
    }
  },
}
