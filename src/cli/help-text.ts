// Words that `help` and the manual page share.

export const JSON_OPTION = ['--json', 'print JSON'] as const;

/** What a word stands for. */
export const describeSlot = (name: string): string => {
  if (name === 'domain' || name === 'domains') return 'domain name, id or uuid';
  if (name === 'file') return 'a file; - is standard input';
  return '';
};

/** `vivarium --help`: what may stand before the command. */
export const GLOBAL_HELP: readonly (readonly [flags: string, description: string])[] = [
  ['-c | --connect=URI', 'qemu:///session or vivarium:///session: the engine of this user, the one that there is'],
  ['-d | --debug=NUM', 'debug level [0-4]: tell every call (0, 1) or errors only (4)'],
  ['-e | --escape <char>', 'what leaves a console; ^] by itself'],
  ['-h | --help', 'this help'],
  ['-k | --keepalive-interval=NUM', 'accepted; the engine is on this host'],
  ['-K | --keepalive-count=NUM', 'accepted; the engine is on this host'],
  ['-l | --log=FILE', 'write calls and errors to a file'],
  ['-q | --quiet', 'results only: no notices, no heads of tables'],
  ['-r | --readonly', 'refuse what changes something'],
  ['-t | --timing', 'tell how long each command took'],
  ['-v', 'short version'],
  ['-V', 'long version'],
  ['--version[=TYPE]', 'version, TYPE is short or long (default short)'],
];
