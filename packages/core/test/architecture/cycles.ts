import { targetOf } from './rules.ts'
import type { Source } from './workspace.ts'

/** Knots of files that need each other, type imports counted; each as a sorted list of files. */
export const findCycles = (sources: readonly Source[]): string[][] => {
  const graph = new Map(
    sources.map(({ pkg, file, scan }) => [
      `${pkg}/${file}`,
      scan.imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => `${pkg}/${targetOf(file, specifier)}`),
    ]),
  )
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const knots: string[][] = []

  const visit = (node: string): number => {
    const own = index.size
    let lowest = own
    index.set(node, own)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? own)
      low.set(node, lowest)
    }
    if (lowest === own) {
      const knot = stack.splice(stack.indexOf(node))
      if (knot.length > 1 || graph.get(node)?.includes(node) === true) knots.push(knot.toSorted())
    }
    return lowest
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return knots
}
