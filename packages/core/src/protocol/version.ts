/**
 * The number of the wire protocol. It rises with every change that an older peer can't read; the golden
 * test pins it together with a fingerprint of all schemas.
 *
 * 1: push, pull, resume.
 * 2: snapshot and preflight.
 */
export const protocolVersion = 2

/** The oldest protocol that this code still answers. */
export const oldestProtocol = 1
