import { describe, test } from 'vitest'
import { storageConformance } from '@holdfast/core/testing'
import { filePlace } from './support/place.ts'

describe('fileStorage keeps the contract of storage adapters', () => {
  storageConformance({ test, adapter: filePlace() })
})

describe('also where nearly every commit writes the file anew', () => {
  storageConformance({ test, adapter: filePlace(1) })
})
