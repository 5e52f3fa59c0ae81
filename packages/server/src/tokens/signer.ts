import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { SyncError } from '@holdfast/core'

/** What a token is good for. One that was made for another binding is refused. */
export interface TokenBinding {
  readonly kind: 'cursor' | 'snapshot' | 'resume'
  readonly user: string
  readonly scope: string
}

type Content = readonly (string | number)[]

export interface TokenSigner {
  /** An opaque text that only this server can make. */
  readonly sign: (binding: TokenBinding, content: Content) => string
  /**
   * @throws SyncError INVALID (not a token of ours), FORBIDDEN_OR_MISSING (made for another user, scope or
   * purpose), RESET_REQUIRED (its secret was retired, or the feed has changed incompatibly since)
   */
  readonly open: (token: string, binding: TokenBinding) => Content
}

/** Raised by a change of the feed that makes old positions meaningless. Not by every release. */
const feedVersion = 1

const shape = /^([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{1,1900})\.([A-Za-z0-9_-]{43})$/

const refuse = (): SyncError =>
  new SyncError('INVALID', 'This is not a cursor or token of this server.', { path: 'cursor' })

const retired = (): SyncError =>
  new SyncError('RESET_REQUIRED', 'This device was away for too long to go on from where it was.', {
    reason: 'offline_too_long',
  })

interface SigningKey {
  readonly id: string
  readonly secret: KeyObject
}

/** How many bindings and signatures are remembered: a device mostly comes back with the token that it was just given. */
const mostKnown = 10_000

/** @param secrets the current one first; tokens of the others are still accepted */
export const createTokenSigner = (secrets: readonly string[]): TokenSigner => {
  const keys: readonly SigningKey[] = secrets.map((secret) => ({
    id: createHash('sha256').update('holdfast key id').update(secret).digest('base64url').slice(0, 8),
    secret: createSecretKey(Buffer.from(secret)),
  }))
  const current = keys[0]
  if (current === undefined) {
    throw new SyncError('MISCONFIGURED', 'tokenSecrets needs at least one secret.', {
      option: 'tokenSecrets',
    })
  }

  const mac = (secret: KeyObject, purpose: string, text: string): Buffer =>
    createHmac('sha256', secret).update(`holdfast ${purpose}\0${text}`).digest()

  const tags = new Map<string, string>()
  const signatures = new Map<string, Buffer>()

  /** Only of tokens that are ours: nobody else fills the memory. */
  const remember = (key: SigningKey, body: string, signature: Buffer): void => {
    if (signatures.size >= mostKnown) signatures.clear()
    signatures.set(`${key.id}.${body}`, signature)
  }

  const signatureOf = (key: SigningKey, body: string): Buffer =>
    signatures.get(`${key.id}.${body}`) ?? mac(key.secret, 'token', body)

  /** Keyed, so that a token says nothing about whom it was made for. */
  const bindingTag = (key: SigningKey, { kind, user, scope }: TokenBinding): string => {
    const name = JSON.stringify([key.id, kind, user, scope])
    const known = tags.get(name)
    if (known !== undefined) return known
    const tag = mac(key.secret, 'binding', JSON.stringify([kind, user, scope]))
      .toString('base64url')
      .slice(0, 22)
    if (tags.size >= mostKnown) tags.clear()
    tags.set(name, tag)
    return tag
  }

  return {
    sign(binding, content) {
      const text = JSON.stringify([feedVersion, bindingTag(current, binding), ...content])
      const body = Buffer.from(text).toString('base64url')
      const signature = signatureOf(current, body)
      remember(current, body, signature)
      return `${current.id}.${body}.${signature.toString('base64url')}`
    },
    open(token, binding) {
      const match = shape.exec(token)
      if (match === null) throw refuse()
      const [, keyId, body = '', signature = ''] = match
      const key = keys.find(({ id }) => id === keyId)
      if (key === undefined) throw retired()
      const expected = signatureOf(key, body)
      if (!timingSafeEqual(expected, Buffer.from(signature, 'base64url'))) throw refuse()
      remember(key, body, expected)
      const parts = JSON.parse(Buffer.from(body, 'base64url').toString()) as [number, string, ...Content]
      const [version, tag, ...content] = parts
      if (version !== feedVersion) {
        throw new SyncError('RESET_REQUIRED', 'The feed has changed since; start from the beginning.', {
          reason: 'schema_incompatible',
        })
      }
      const wanted = bindingTag(key, binding)
      if (!timingSafeEqual(Buffer.from(tag.padEnd(22)), Buffer.from(wanted))) {
        throw new SyncError('FORBIDDEN_OR_MISSING', 'There is no such scope, or it is not yours.', {})
      }
      return content
    },
  }
}
