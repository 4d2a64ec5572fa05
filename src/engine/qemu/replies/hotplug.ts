// Replies of the commands that change devices of a running guest.
export const hotplugReplies = {} as const;
