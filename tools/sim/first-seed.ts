import { execFileSync } from 'node:child_process'

/** Every commit looks at other seeds. Without git: 1. */
export const firstSeed = (): number => {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number.parseInt(hash.slice(0, 7), 16)
  } catch {
    return 1
  }
}
