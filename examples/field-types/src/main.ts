import { tellStory } from './story.ts'

await tellStory((line) => console.log(line))
