/**
 * The number of the wire protocol. It rises with every change that an older peer can't read; the golden
 * test pins it together with a fingerprint of all schemas.
 *
 * 1: push, pull, resume.
 * 2: transactions, cancellation, moves between scopes, waiting operations named in push; snapshot, preflight.
 * 3: field types: the verdict `rebase`, for operations that an older client can't make. `put`, of which an older server
 *    says the same as of any unknown operation. The codes MISSING_DEPENDENCY,
 *    CONFLICT, LEASE_LOST and REFUSED (with a reason), of which an older client hears INVALID; preflight names operations.
 * 4: lifetimes: the verdict `expired`, of which an older client hears INVALID. The stream `live`, which an older server does
 *    not have: 404, and its clients poll. Later: `limit` of a push, which an older server does not hear;
 *    `server_older` in a preflight's answer, told only to a client that says its schema version there; `total` of a snapshot,
 *    which an older server does not tell.
 */
export const protocolVersion = 4

/** The oldest protocol that this code still answers. */
export const oldestProtocol = 1
