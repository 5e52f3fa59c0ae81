export { ttl } from './ttl/ttl.ts'
