import { SyncError } from '@holdfast/core'
import type { TokenSigner } from './signer.ts'

interface Owner {
  readonly user: string
  readonly scope: string
}

/** Up to which clientSeq a client has heard the verdicts. */
export interface ResumePoint {
  readonly clientId: string
  readonly clientSeq: number
}

export const signResumeToken = (signer: TokenSigner, owner: Owner, point: ResumePoint): string =>
  signer.sign({ kind: 'resume', ...owner }, [point.clientId, point.clientSeq])

/** @throws SyncError as `TokenSigner.open`; FORBIDDEN_OR_MISSING for another client's token */
export const openResumeToken = (
  signer: TokenSigner,
  owner: Owner,
  asker: { readonly clientId: string; readonly token: string },
): number => {
  const [clientId, clientSeq] = signer.open(asker.token, { kind: 'resume', ...owner })
  if (clientId !== asker.clientId) {
    throw new SyncError('FORBIDDEN_OR_MISSING', 'This resume token belongs to another client.', {})
  }
  return Number(clientSeq)
}
