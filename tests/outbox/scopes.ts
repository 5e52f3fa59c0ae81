export const scopes: readonly string[] = ['team-1', 'team-2', 'team-3']
