export { deleteText, insertText, textUpdate } from './text/changes.ts'
export { openText, type OpenText, type OpenTextOptions, type TextCollection } from './text/open-text.ts'
export { text, textType } from './text/text-type.ts'
