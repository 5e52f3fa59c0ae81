export type { RequestOptions, Transport } from './transport/contract.ts'
export {
  trpcTransport,
  type TrpcSyncClient,
  type TrpcTransportOptions,
  type TrpcUrlOptions,
} from './transport/trpc-transport.ts'
