/** What a dedicated worker has, and TypeScript's types of a page have not. */
interface WritableFile {
  createSyncAccessHandle(): Promise<{ truncate(size: number): void; close(): void }>
}

const name = 'holdfast-space'
/** More than a commit has. Nothing is written: the file has a hole of this size for a moment. */
const wanted = 64 * 1024 * 1024

/**
 * Whether the browser lets this origin have more. Found out by trying: `navigator.storage.estimate()` answers with a
 * quota that is not the one that counts (Chromium: always 10 GiB more than is used).
 */
export const hasSpace = async (): Promise<boolean> => {
  try {
    await take(wanted)
    return true
  } catch (error) {
    return !(error instanceof Error && error.name === 'QuotaExceededError')
  }
}

const take = async (size: number): Promise<void> => {
  const root = await navigator.storage.getDirectory()
  const file = (await root.getFileHandle(name, { create: true })) as FileSystemFileHandle & WritableFile
  try {
    const handle = await file.createSyncAccessHandle()
    try {
      handle.truncate(size)
    } finally {
      handle.close()
    }
  } finally {
    await root.removeEntry(name)
  }
}
