import { rolldown } from 'rolldown'

/**
 * One script for a page, from the sources: no build is needed, as in every other test.
 * @param standIns files that take the place of modules, by their names
 */
export const bundleScript = async (
  entry: string,
  standIns: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: {
      conditionNames: ['holdfast-source', 'import', 'module', 'browser', 'default'],
      alias: standIns,
    },
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({ format: 'iife', sourcemap: false })
  await bundle.close()
  return output[0].code
}
