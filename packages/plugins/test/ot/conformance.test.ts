import { fieldTypeConformance } from '@holdfast/core/testing'
import { describe, test } from 'vitest'
import { otJsonCase, otTextCase, otTextInsertionsCase } from '../support/ot-cases.ts'

describe('otText', () => {
  fieldTypeConformance({ test, ...otTextCase })
})
describe('otText, as long as nobody deletes', () => {
  fieldTypeConformance({ test, ...otTextInsertionsCase })
})
describe('otJson', () => {
  fieldTypeConformance({ test, ...otJsonCase })
})
