import { resolve } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'
import { compile } from 'svelte/compiler'

export const frameworks = ['plain', 'react', 'vue', 'svelte', 'angular'] as const
export type Framework = (typeof frameworks)[number]

/** The compiler of Svelte is all that its components need. */
const svelte: Plugin = {
  name: 'svelte',
  transform: {
    filter: { id: /\.svelte$/ },
    handler: (source, filename) => ({ code: compile(source, { filename }).js.code, moduleType: 'js' }),
  },
}

const entry = 'frameworks:page'

/** A script that starts the page of a framework. */
const pageOf = (framework: Framework): Plugin => ({
  name: 'page',
  resolveId: (id) => (id === entry ? entry : undefined),
  load: (id) =>
    id === entry
      ? [
          `import { start } from ${JSON.stringify(resolve(import.meta.dirname, 'start.ts'))}`,
          `import { mount } from ${JSON.stringify(resolve(import.meta.dirname, fileOf(framework)))}`,
          'void start(mount)',
        ].join('\n')
      : undefined,
})

const fileOf = (framework: Framework): string => `${framework}.ts${framework === 'react' ? 'x' : ''}`

/** One script for a page, as a build tool with the framework's plugin makes it, here from the sources. */
export const bundlePage = async (framework: Framework): Promise<string> => {
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    plugins: [pageOf(framework), svelte],
    resolve: {
      conditionNames: ['holdfast-source', 'import', 'module', 'browser', 'default'],
      // Templates that are strings are compiled in the page.
      alias: { vue: 'vue/dist/vue.esm-bundler.js' },
    },
    transform: {
      define: {
        'process.env.NODE_ENV': '"production"',
        __VUE_OPTIONS_API__: 'true',
        __VUE_PROD_DEVTOOLS__: 'false',
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      },
    },
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({ format: 'iife', sourcemap: false })
  await bundle.close()
  return output[0].code
}
