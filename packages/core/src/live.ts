export { sseLive, type LiveOverHttp } from './transport/sse-live.ts'
