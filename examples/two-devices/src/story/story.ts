import type { Stage } from './stage.ts'
import { agree, meetAgain } from './reunion.ts'
import { crash, partWays, planTogether } from './separation.ts'

/** Tells the whole story. @throws Error where it takes a wrong turn */
export const tellStory = async (stage: Stage): Promise<void> => {
  await planTogether(stage)
  await partWays(stage)
  await crash(stage)
  await meetAgain(stage)
  await agree(stage)
}
