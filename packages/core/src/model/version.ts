const parts = (version: string): readonly number[] => version.replace(/-.*$/, '').split('.').map(Number)

/** True when `left` is of a newer major version: what it writes can't be read by `right`. */
export const isNewerMajor = (left: string, right: string): boolean =>
  (parts(left)[0] ?? 0) > (parts(right)[0] ?? 0)

/** True when semver `left` is above `right`; pre-release tags are not compared. */
export const isNewerVersion = (left: string, right: string): boolean => {
  const [a, b] = [parts(left), parts(right)]
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}
