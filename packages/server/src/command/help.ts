import type { CommandName } from './arguments.ts'

const usages: Readonly<Record<CommandName, readonly string[]>> = {
  init: [
    'holdfast init [--schema path] [--apply [--url url]]',
    'Adds the sync models to your Prisma schema; --apply makes their tables as well.',
  ],
  migrate: [
    'holdfast migrate [--url url]',
    'Makes and updates the tables, where your own migrations do not.',
  ],
  status: ['holdfast status [--url url] [--json]', 'Shows what each scope holds.'],
  prune: [
    'holdfast prune --older-than 90d [--dry-run] [--url url] [--json]',
    'Forgets what only a device needs that was away longer.',
  ],
  doctor: [
    'holdfast doctor [--retention 90d] [--url url] [--json]',
    'Checks a deployment and says what to do; exit code 1 where something is wrong.',
  ],
  triggers: [
    'holdfast triggers collection=Model[:id] ... [--apply | --remove] [--schema path] [--url url]',
    'Prints what makes writes of these models known, whoever writes; --apply runs it, --remove undoes it.',
  ],
}

const urls =
  'The database: --url, else DATABASE_URL; postgresql://user:password@host/database or file:./server.db.'

/** Of one command, or of all. */
export const helpOf = (command?: CommandName): string => {
  const shown = command === undefined ? Object.values(usages) : [usages[command]]
  return [...shown.map(([usage = '', does = '']) => `${usage}\n    ${does}`), '', urls].join('\n')
}
