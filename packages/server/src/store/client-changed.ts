/**
 * Another scope's transaction bound or rotated the client since this one looked: scopes are locked one by one, and a
 * client is the same in all. Passes by itself when the transaction runs again.
 */
export class ClientChanged extends Error {
  override readonly name = 'ClientChanged'
}
