// Plain JavaScript for any Node: it has to be readable by the versions that it refuses.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Holdfast's commands need Node 22.18 or newer, this is ${process.version}: ` +
      'the bundled Node (the optional dependency "node") could not be installed here, so please install a newer one.',
  )
  process.exit(1)
}
