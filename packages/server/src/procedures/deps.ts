import type { ServerHookRunner } from '../plugin/kernel.ts'
import type { ResolvedOptions } from '../options.ts'
import type { TokenSigner } from '../tokens/signer.ts'

/** What all procedures share. */
export interface Deps<TContext, TDatabase> {
  readonly options: ResolvedOptions<TContext, TDatabase>
  readonly signer: TokenSigner
  readonly hooks: ServerHookRunner<TDatabase>
}
