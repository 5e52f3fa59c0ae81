import pc from 'picocolors'

/** Colours for people at a terminal; files, pipes and NO_COLOR get plain text. */
export const colours = pc.createColors(process.stdout.isTTY ? pc.isColorSupported : false)

const voices: Readonly<Record<string, (text: string) => string>> = {
  Ada: colours.cyan,
  Ben: colours.magenta,
  server: colours.yellow,
}

/** Everybody in the story has a colour. */
export const inVoiceOf = (name: string, text: string): string => (voices[name] ?? colours.white)(text)
