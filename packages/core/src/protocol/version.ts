/**
 * The number of the wire protocol. It rises with every change that an older peer can't read; the golden
 * test pins it together with a fingerprint of all schemas.
 *
 * 1: push, pull, resume.
 * 2: transactions, cancellation, moves between scopes, waiting operations named in push; snapshot, preflight.
 * 3: field types: the verdict `rebase`; the codes MISSING_DEPENDENCY, CONFLICT and LEASE_LOST. Only operations that an older client
 *    can't make are answered by them.
 */
export const protocolVersion = 3

/** The oldest protocol that this code still answers. */
export const oldestProtocol = 1
