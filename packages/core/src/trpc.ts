export { keepingResponse } from './transport/keep-response.ts'
export type { RequestOptions, Transport } from './transport/contract.ts'
export type { TrpcUrlOptions } from './transport/trpc-http.ts'
export { trpcTransport, type TrpcSyncClient, type TrpcTransportOptions } from './transport/trpc-transport.ts'
