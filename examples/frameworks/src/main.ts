import { frameworks } from './bundle.ts'
import { serve } from './serve.ts'

const { url } = await serve()
console.log('Two users of any two of these see the same tasks. Take one offline in the browser’s own tools.')
for (const framework of frameworks)
  console.log(`${url}/${framework}?user=ada   ${url}/${framework}?user=bert`)
