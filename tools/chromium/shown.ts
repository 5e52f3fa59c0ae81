/** How a browser comes up: unseen, or in a window that a person can follow. */
export type Shown =
  | { readonly headless: true }
  | {
      readonly headless: false
      /** Milliseconds between two steps. */
      readonly slowMo: number
    }

type Variables = Readonly<Record<string, string | undefined>>

const variable = 'HOLDFAST_HEADED'
const usualSlowMo = 250

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ''

export const isHeaded = (variables: Variables): boolean => isSet(variables[variable])

/**
 * What `--headed` of `pnpm test` and `pnpm prove` asks for; `HOLDFAST_SLOW_MO` says how slowly.
 * @throws Error where a window is asked for and there is nothing to show it on
 */
export const shownBy = (variables: Variables, platform: NodeJS.Platform): Shown => {
  if (!isHeaded(variables)) return { headless: true }
  const hasDisplay =
    platform !== 'linux' || isSet(variables['DISPLAY']) || isSet(variables['WAYLAND_DISPLAY'])
  if (!hasDisplay) throw new Error(missingDisplay)
  const asked = variables['HOLDFAST_SLOW_MO']
  const slowMo = isSet(asked) ? Number(asked) : usualSlowMo
  if (Number.isFinite(slowMo) && slowMo >= 0) return { headless: false, slowMo }
  throw new Error(`HOLDFAST_SLOW_MO is ${asked}, and should be a number of milliseconds.`)
}

export const missingDisplay: string =
  'With --headed the browser opens a window, and there is no display to open it on: neither DISPLAY nor WAYLAND_DISPLAY ' +
  'is set. Run it on a desktop, or as `xvfb-run npx -y pnpm@12 ...` where nobody has to see it.'

/**
 * The arguments without `--headed`. Where it was among them, every browser that is started from here has a window.
 * @throws Error where that can't be
 */
export const takeHeaded = (
  args: readonly string[],
  variables: Record<string, string | undefined> = process.env,
  platform: NodeJS.Platform = process.platform,
): readonly string[] => {
  if (!args.includes('--headed')) return args
  const headed = { ...variables, [variable]: '1' }
  shownBy(headed, platform)
  Object.assign(variables, headed)
  return args.filter((arg) => arg !== '--headed')
}
