export { deleteText, insertText, textUpdate } from './text/changes.ts'
export { openText, type OpenText, type OpenTextOptions } from './text/open-text.ts'
export type { TextCollection } from './text/text-editor.ts'
export { text, textType } from './text/text-type.ts'
