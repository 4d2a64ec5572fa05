// Replies of migration, dump and their jobs.
export const migrationReplies = {} as const;
