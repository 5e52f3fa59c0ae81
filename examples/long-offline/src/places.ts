/** Which sites and tasks play which part, so that a plain reckoning can say what has to become of each. */
const range = (from: number, to: number, name = 'site'): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `${name}-${String(from + index).padStart(3, '0')}`)

export const places = {
  all: range(0, 500),
  /** Ada is there all day; others count visits and leave tags and notes. */
  hot: range(0, 30),
  /** Ada is there now and then. */
  spread: range(30, 230),
  /** Her last edits before the network goes: the server's answer to them is lost. */
  unheard: range(230, 250),
  /** She and others set the state. */
  disputed: range(250, 270),
  /** Others delete them in the first week, so that the server has forgotten them when she returns. */
  gone: range(270, 290),
  /** Others delete them in the third week: the server still knows. */
  deletedLate: range(290, 300),
  /** Both write notes. */
  noted: range(300, 320),
  /** Others' own. */
  others: range(320, 400),
  /** Ada deletes them. */
  deletedByAda: range(400, 450),
  /** Others delete them, and Ada was never there. */
  deletedByOthers: range(450, 480),
} as const

export const taskIds = {
  all: range(0, 60, 'task'),
  /** Everybody postpones them. */
  shared: range(0, 40, 'task'),
  /** Ada claims them, and so did others before. */
  taken: range(40, 50, 'task'),
  /** Nobody but Ada claims them. */
  free: range(50, 60, 'task'),
} as const

/** Of the disputed sites, those whose edits Ada takes back once she has seen what would be asked. */
export const takenBack: readonly string[] = places.disputed.slice(0, 3)
