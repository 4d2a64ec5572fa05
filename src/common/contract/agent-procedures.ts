// The guest agent (qemu-ga). Its answers are the guest's: hostile until parsed.
export const agentProcedures = {} as const;
