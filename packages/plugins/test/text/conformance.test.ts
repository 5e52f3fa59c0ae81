import { fieldTypeConformance } from '@holdfast/core/testing'
import { test } from 'vitest'
import { textCase } from '../support/text-case.ts'

fieldTypeConformance({ test, ...textCase })
