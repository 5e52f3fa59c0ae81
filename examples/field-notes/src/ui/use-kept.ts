import { useState } from 'react'
import { deviceOf } from '../client/device.ts'
import { useWorkspace } from './use-workspace.ts'

/**
 * A text of this tab and of who is signed in, such as one that is being typed: it is there again when the page is loaded anew,
 * and for nobody else. Undefined forgets it.
 */
export const useKept = (name: string): readonly [string | undefined, (text: string | undefined) => void] => {
  const { person } = useWorkspace()
  const key = `field-notes/kept/${deviceOf(location.search)}/${person.id}/${name}`
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? undefined)
  const keep = (next: string | undefined): void => {
    setText(next)
    if (next === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, next)
  }
  return [text, keep]
}
