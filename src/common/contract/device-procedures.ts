// Changing the devices of a domain, live and stored.
export const deviceProcedures = {} as const;
