import { runWorld } from '/work/main/tools/sim/world/run-world.ts'
const seed = Number(process.argv[2] ?? 1)
const count = Number(process.argv[3] ?? 1)
const t = performance.now()
const totals: Record<string, number> = {}
let bad = 0
const kinds = new Map<string, number[]>()
let ev = 0
for (let s = seed; s < seed + count; s++) {
  const out = await runWorld(s)
  ev += out.events
  for (const [k, v] of Object.entries(out.counters)) totals[k] = (totals[k] ?? 0) + (v ?? 0)
  if (out.violation) {
    bad++
    const k = out.violation.promise + ': ' + out.violation.message.slice(0, 110).replace(/[0-9a-f]{8}-[0-9a-f-]{20,}/g, 'ID').replace(/\d+/g, 'N')
    kinds.set(k, [...(kinds.get(k) ?? []), s])
    if (count === 1) { console.log(out.trace.slice(-Number(process.argv[4] ?? 40)).join('\n').slice(-9000)); console.log(out.violation.promise, out.violation.message, out.violation.stack) }
  }
}
console.log({ bad, count, events: ev / count, ms: (performance.now() - t) / count })
for (const [k, v] of [...kinds].sort((a, b) => b[1].length - a[1].length)) console.log(v.length, k, v.slice(0, 5))
if (process.argv.includes('-c')) console.log(totals)
