export { jsonEdit, ot, otJson, otText, textEdit, type OtOptions } from './ot/fields.ts'
export type { OtField, OtHelp, OtSide, OtType } from './ot/ot-type.ts'
