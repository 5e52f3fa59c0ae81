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
  'verdict conflict in cards': '',
  'verdict conflict about deletion': '',
  'verdict rejected INVALID': 'fitted on the device, not on the server',
  'verdict rejected DEPENDENCY': '',
  'verdict rejected FORBIDDEN_OR_MISSING': 'poison',
  'verdict rejected PAYLOAD_MISMATCH': 'a late copy of a discarded operation',
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
  'crash while leaving': '',
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
  'record moved': 'to another scope',
  'verdict rejected MOVED': 'an edit of what had gone',
  'client cloned': 'its store runs twice',
  'client rewound': 'its store was put back',
  'client identified anew': 'it was a copy, or set back',
  'scope fetched anew': 'the server had lost history',
  'sent without a number': 'again, under the same id',
  'put back into the queue': 'the server had lost it',
  'server restored': 'its database was put back',
  'token expired': 'for a while',
  'scope revoked': 'a user lost it for a while',
  'answer without rights': '',
  'foreseen LOW': 'preflight, and then push with nothing in between',
  'foreseen MEDIUM': '',
  'foreseen HIGH': '',
  latecomer: 'a device that comes when there is much to fetch',
  'transaction stored': '',
  'transaction ran again': 'somebody changed what it rested on',
  'transaction larger than a batch': '',
  'transaction of two scopes': '',
  'verdict aborted by a conflict': 'another one of its transaction asks',
  'verdict aborted by a rejection': 'another one of its transaction was rejected',
  'several questions about a transaction': 'their answers wait for each other',
  'verdict cancelled': '',
  'cancelled before it was sent': '',
  'cancelled after it was sent': 'the server was asked',
  'cancelled too late': 'it was applied before',
  'dead letter discarded': '',
  'dead letter retried': '',
  'dead letter retried with an edit': '',
  'dead letters retried together': 'of one transaction, or because of one another',
  'rejected without being sent': 'what it builds on was taken back',
  'rejected for its reference': 'the record that it names was not made',
  'operation held back': 'the server could not decide it yet',
  'held back without being sent': 'an earlier one of its record was',
  'transaction held back': '',
  'left out of the first quiet': 'the others go on without it',
  'user switched': 'another one logs in on the same machine',
  'user came back to a queue': 'that waited while another one was there',
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

/** The ten that happened least often, each with how often in a thousand seeds. */
export const seldomest = (counts: Readonly<Partial<Record<CounterName, number>>>, seeds: number): string =>
  (Object.keys(sometimes) as CounterName[])
    .map((name) => ({ name, rate: ((counts[name] ?? 0) * 1_000) / seeds }))
    .sort((left, right) => left.rate - right.rate)
    .slice(0, 10)
    .map(({ name, rate }) => `${name} ${Math.round(rate)}`)
    .join(', ')
