import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Where the last way of `ensureChromium` puts the Chromium that a registry package ships. */
export const packagedChromium: string = resolve(
  import.meta.dirname,
  '../../node_modules/.cache/holdfast/chromium/start',
)

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge']

const usualPlaces: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
    (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
  ),
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
    ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
      join(process.env[variable] ?? 'C:/Program Files', file),
    ),
  ),
}

/**
 * The Chromium of this machine, if there is one: what `CHROMIUM_PATH` says, else one that is installed, else the one
 * that `ensureChromium` unpacked.
 * @throws Error where CHROMIUM_PATH names no file
 */
export const findChromium = (): string | undefined => {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen !== undefined && chosen !== '') {
    if (existsSync(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH is ${chosen}, and there is no such file.`)
  }
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  const onPath = folders.flatMap((folder) => commands.map((command) => join(folder, command)))
  const places = process.platform === 'win32' ? [] : onPath
  return [...places, ...(usualPlaces[process.platform] ?? []), packagedChromium].find((path) =>
    existsSync(path),
  )
}

export const missingChromium: string =
  'The browser tests need Chromium, and none was found: install chromium or google-chrome, or let CHROMIUM_PATH name ' +
  'one. (pnpm test installs it by itself on Linux as root with apt, or else on x64 from the npm registry.)'
