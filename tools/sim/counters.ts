/**
 * What has to happen at least once in a long run: a fault or path that never happened was not tested. The
 * text says what is counted.
 */
export const sometimes = {
  'request dropped': 'lost on the way to the server',
  'response dropped': 'lost after its effect',
  'request duplicated': 'delivered again later',
  'message very late': 'seconds on the way',
  partition: 'one device cut off',
  'request timed out': 'given up by the client',
  'answer 401': 'a token had expired',
  'answer 429': 'asked to slow down',
  'answer 503': 'a proxy without a server',
  'answer in HTML': 'a captive portal with status 200',
  'Retry-After honoured': 'no request before the named time',
  'verdict applied': '',
  'verdict merged': '',
  'verdict merged with lost': 'some value did not win',
  'verdict conflict in tasks': 'a field of fieldMerge asked',
  'verdict conflict in prices': 'optimisticVersion asked',
  'verdict conflict in pages': 'manual asked',
  'verdict conflict about deletion': '',
  'verdict rejected INVALID': 'fitted on the device, not on the server',
  'verdict rejected DEPENDENCY': '',
  'verdict rejected FORBIDDEN_OR_MISSING': 'poison',
  'result duplicate': 'decided before',
  'result retry': 'no decision',
  'record revived': 'an edit won over a deletion',
  'crash at open': '',
  'crash at read:before': '',
  'crash at read:after': '',
  'crash at commit:before': '',
  'crash at commit:after': '',
  'crash of a whole device': '',
  'storage STORAGE_FULL': '',
  'storage STORAGE_FAILED': '',
  'STORAGE_CONFLICT between tabs': '',
  'notice widened': 'another tab hears only that something changed',
  'group commit': 'several writes in one commit',
  'write refused by storage': '',
  'write refused by its record': 'NOT_FOUND or INVALID on the device',
  'write refused by a full queue': '',
  'write lost its caller': 'the tab died before the promise resolved',
  'server crash at locked': '',
  'server crash at before-commit': '',
  'server crash at after-commit': 'decided, and nobody was told',
  'batch split': 'the database failed on an operation',
  'authorize failed': '',
  'unknown verdict asked': 'resume after an answer was lost',
  'stale answer': 'an answer to a cursor that had moved',
  'several pages': 'a pull that needed more than one',
  'staged pull': 'a page put aside',
  'staged snapshot': 'a page of a first sync put aside',
  flip: 'a staged head shown by one commit',
  'flip that decided': 'operations left the replay in it',
  fold: 'staged rows took their place',
  'write while folding': 'of a record whose row was still staged',
  'swap while folding': 'a newer head over staged rows',
  'generation dropped': 'another tab swapped in a head meanwhile',
  'crash while staging': '',
  'crash while folding': '',
  'push page incomplete': 'pulled after it',
  'instance overtaken': 'CLIENT_FORKED by another start of the same device',
  'sync blocked': '',
  'conflict resolved with mine': '',
  'conflict resolved with theirs': '',
  'conflict resolved with a patch': '',
  'conflict resolved without an operation': '',
  'conflict answered too early': 'the other side was not shown yet',
  'dead letter': '',
  'clock jump': '',
  paused: '',
  offline: '',
  'closed and opened': '',
  'several scopes': 'worlds with more than one',
  'scope joined': '',
  'scope left': '',
  'leaving refused': 'something was unfinished',
  'leaving gone on with': 'after a crash or a failure in the middle',
  'number of a discarded operation spent': 'it was sent, and its scope left and joined again',
  'write refused by its scope': 'not joined',
  latecomer: 'a device that comes when there is much to fetch',
  'left out of the first quiet': 'the others go on without it',
} as const

export type CounterName = keyof typeof sometimes

export interface Counters {
  readonly add: (name: CounterName, by?: number) => void
  readonly all: () => Readonly<Partial<Record<CounterName, number>>>
}

export const createCounters = (): Counters => {
  const counts: Partial<Record<CounterName, number>> = {}
  return {
    add(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by
    },
    all: () => counts,
  }
}
