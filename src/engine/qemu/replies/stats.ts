// Replies of the commands that measure.
export const statsReplies = {} as const;
