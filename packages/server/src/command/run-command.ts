import { SyncError } from '@holdfast/core'
import { readArguments, type Request } from './arguments.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { sentenceOf } from './database/failure.ts'
import { doctor } from './doctor/doctor.ts'
import { helpOf } from './help.ts'
import { init } from './init/init.ts'
import { migrate } from './migrate.ts'
import { prune } from './prune.ts'
import { status } from './status.ts'
import type { Target } from './target.ts'
import { triggers } from './triggers/triggers.ts'

/** The command `holdfast`. Never rejects: what fails is told in one sentence. */
export const runCommand = async (args: readonly string[], context: CommandContext): Promise<ExitCode> => {
  const request = readArguments(args, context)
  try {
    return await run(request, context)
  } catch (error) {
    // Our own sentences name what they are about.
    const target = targetOf(request)
    const subject = error instanceof SyncError || target === undefined ? '' : `${target.name}: `
    context.complain(`${subject}${sentenceOf(error)}\n`)
    return 1
  }
}

const targetOf = (request: Request): Target | undefined => {
  if ('target' in request) return request.target
  return request.kind === 'triggers' && request.action.kind !== 'print' ? request.action.target : undefined
}

const run = async (request: Request, context: CommandContext): Promise<ExitCode> => {
  switch (request.kind) {
    case 'help':
      context.print(`${helpOf(request.command)}\n`)
      return 0
    case 'misuse':
      context.complain(`${request.says}\n\n${helpOf(request.command)}\n`)
      return 2
    case 'init':
      return await init(request, context)
    case 'migrate':
      return await migrate(request.target, context)
    case 'status':
      return await status(request, context)
    case 'prune':
      return await prune(request, context)
    case 'doctor':
      return await doctor(request, context)
    case 'triggers':
      return await triggers(request, context)
  }
}
