import superjson from 'superjson'
export const guardedSuperjson = { serialize: (v: unknown) => superjson.serialize(v), deserialize: (v: never) => superjson.deserialize(v) }
