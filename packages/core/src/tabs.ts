export type { ClientSeat, TabAsk, Tabs, TabSeat, TabTold } from './client/tabs/contract.ts'
export { oneTabSyncs, type OneTabOptions, type TabsBrowser, type TabsChannel } from './client/tabs/one-tab.ts'
export type { LockManagerLike } from './client/tabs/turn.ts'
export { seatOf } from './client/tabs/seat-of.ts'
