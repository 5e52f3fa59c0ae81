import { tellStory } from './story.ts'

const { mails } = await tellStory((line) => console.log(line))
console.log(JSON.stringify(mails.at(-1), undefined, 2))
