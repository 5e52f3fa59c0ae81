import { useEffect, useState } from 'react'

const stillMs = 600

/** A value once it has stood for a moment: what is read aloud must not flicker. */
export const useSettled = <TValue>(value: TValue): TValue => {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), stillMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
