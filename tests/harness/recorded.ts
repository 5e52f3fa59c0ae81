import { z } from 'zod'

const operationSchema = z.object({ id: z.string(), recordId: z.string() })
const bareSchema = z.object({ operations: z.array(operationSchema) })
/** As it is, or carried by superjson. */
const pushSchema = z.union([bareSchema, z.object({ json: bareSchema }).transform(({ json }) => json)])

/** The operations of a push's body, as far as it has any. */
export const readOperations = (
  body: string,
): { readonly records: readonly string[]; readonly operationIds: readonly string[] } => {
  const push = pushSchema.safeParse(body === '' ? undefined : JSON.parse(body))
  const operations = push.success ? push.data.operations : []
  return { records: operations.map(({ recordId }) => recordId), operationIds: operations.map(({ id }) => id) }
}

const pageSchema = z.object({ changes: z.array(z.object({ id: z.string() }).loose()), hasMore: z.boolean() })
const answerSchema = z.object({
  result: z.object({
    data: z.object({
      kind: z.literal('answer'),
      results: z.array(z.object({ id: z.string(), kind: z.string() }).loose()).optional(),
      page: pageSchema.optional(),
      changes: pageSchema.shape.changes.optional(),
    }),
  }),
})

/** The results and changes of an answer to push or pull. */
export const readAnswer = (text: string | undefined) => {
  const { data } = answerSchema.parse(JSON.parse(text ?? 'null')).result
  return { results: data.results ?? [], changes: data.changes ?? data.page?.changes ?? [] }
}
