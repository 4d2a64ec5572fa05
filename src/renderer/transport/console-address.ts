// Where console streams are to be had: that is the shell's affair, so each shell hands in its own.

/** The address of console streams and the subprotocols that admit this window besides the ticket. */
export interface ConsoleAddress {
  readonly url: string;
  readonly protocols: readonly string[];
}
