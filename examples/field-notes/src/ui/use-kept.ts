import { useState } from 'react'
import { deviceOf } from '../client/device.ts'

/**
 * A text of this tab, such as one that is being typed: it is there again when the page is loaded anew. Undefined
 * forgets it.
 */
export const useKept = (name: string): readonly [string | undefined, (text: string | undefined) => void] => {
  const key = `field-notes/kept/${deviceOf(location.search)}/${name}`
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? undefined)
  const keep = (next: string | undefined): void => {
    setText(next)
    if (next === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, next)
  }
  return [text, keep]
}
