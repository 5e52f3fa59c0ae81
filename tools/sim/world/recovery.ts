/**
 * Whether a client mends itself once it is told that it is a copy, or that the server lost history. Until it does, it
 * stays blocked with everything kept, and that is what has to be so in the end.
 */
export const recovers: boolean = false
