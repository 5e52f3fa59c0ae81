import { relative, sep } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of a package's own tests none takes long. */
const isOfPackage = ({ project, moduleId }: TestSpecification): boolean =>
  relative(project.vitest.config.root, moduleId).startsWith(`packages${sep}`)

/**
 * What runs whole systems goes first, so that a long file is not the last one, beside a core with nothing to do: how
 * long files take is not known in a fresh clone, and their sizes do not say it.
 */
export class WholeFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specs)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    return projects.flatMap((project) => {
      const own = sorted.filter((spec) => spec.project === project)
      return [...own.filter((spec) => !isOfPackage(spec)), ...own.filter(isOfPackage)]
    })
  }
}
