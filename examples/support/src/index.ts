export type { Device } from './device.ts'
export { withServer, type Stage } from './with-server.ts'
