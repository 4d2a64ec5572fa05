// Keys that the host would keep for itself, to be sent from a menu; and text as strokes on a US keyboard. Pure. Codes are KeyboardEvent.code, which
// noVNC turns into scan codes (QEMU extended key event), so the guest's own layout decides what they mean.

export interface KeyPress {
  /** X11 keysym, for servers without scan codes. */
  readonly keysym: number;
  readonly code: string;
}

export interface KeySequence {
  readonly id: string;
  readonly label: string;
  readonly keys: readonly KeyPress[];
}

const CTRL: KeyPress = { keysym: 0xffe3, code: 'ControlLeft' };
const ALT: KeyPress = { keysym: 0xffe9, code: 'AltLeft' };
const SHIFT: KeyPress = { keysym: 0xffe1, code: 'ShiftLeft' };
const META: KeyPress = { keysym: 0xffeb, code: 'MetaLeft' };
const key = (keysym: number, code: string): KeyPress => ({ keysym, code });
const functionKey = (number: number): KeyPress => key(0xffbd + number, `F${number}`);

const FUNCTION_NUMBERS = Array.from({ length: 12 }, (_, index) => index + 1);

/** Groups, with a line between them in the menu. */
export const KEY_SEQUENCES: readonly (readonly KeySequence[])[] = [
  [
    { id: 'ctrl-alt-del', label: 'Ctrl+Alt+Delete', keys: [CTRL, ALT, key(0xffff, 'Delete')] },
    { id: 'ctrl-alt-backspace', label: 'Ctrl+Alt+Backspace', keys: [CTRL, ALT, key(0xff08, 'Backspace')] },
    { id: 'print', label: 'Print Screen', keys: [key(0xff61, 'PrintScreen')] },
    { id: 'alt-tab', label: 'Alt+Tab', keys: [ALT, key(0xff09, 'Tab')] },
    { id: 'alt-f4', label: 'Alt+F4', keys: [ALT, functionKey(4)] },
    { id: 'super', label: 'Super', keys: [META] },
    { id: 'escape', label: 'Escape', keys: [key(0xff1b, 'Escape')] },
    {
      id: 'sysrq',
      label: 'Alt+SysRq+B (reboot Linux at once)',
      keys: [ALT, key(0xff15, 'PrintScreen'), key(0x62, 'KeyB')],
    },
  ],
  FUNCTION_NUMBERS.map((number) => ({ id: `f${number}`, label: `F${number}`, keys: [functionKey(number)] })),
  FUNCTION_NUMBERS.map((number) => ({
    id: `ctrl-alt-f${number}`,
    label: `Ctrl+Alt+F${number}`,
    keys: [CTRL, ALT, functionKey(number)],
  })),
];

export interface KeyStroke extends KeyPress {
  readonly down: boolean;
}

/** Press in order, let go in reverse. */
export const strokesOf = (keys: readonly KeyPress[]): readonly KeyStroke[] => [
  ...keys.map((press) => ({ ...press, down: true })),
  ...keys.toReversed().map((press) => ({ ...press, down: false })),
];

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** US layout: code → plain and shifted character. */
const US: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ...[...LETTERS].map((letter) => [`Key${letter.toUpperCase()}`, letter, letter.toUpperCase()] as const),
  ...[...')!@#$%^&*('].map((shifted, digit) => [`Digit${digit}`, String(digit), shifted] as const),
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Backquote', '`', '~'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
  ['Space', ' ', ' '],
];

const PLAIN = new Map(US.map(([code, plain]) => [plain, code]));
const SHIFTED = new Map(
  US.filter(([, plain, shifted]) => plain !== shifted).map(([code, , shifted]) => [shifted, code]),
);

function strokesOfCharacter(character: string): readonly KeyStroke[] {
  if (character === '\n') return strokesOf([key(0xff0d, 'Enter')]);
  if (character === '\t') return strokesOf([key(0xff09, 'Tab')]);
  const keysym = character.codePointAt(0) ?? 0;
  const plain = PLAIN.get(character);
  if (plain) return strokesOf([key(keysym, plain)]);
  const shifted = SHIFTED.get(character);
  return shifted ? strokesOf([SHIFT, key(keysym, shifted)]) : [];
}

/** Text as strokes of a US keyboard. `skipped` counts characters that such a keyboard does not have. */
export function typeText(text: string): { readonly strokes: readonly KeyStroke[]; readonly skipped: number } {
  const strokes: KeyStroke[] = [];
  let skipped = 0;
  for (const character of text.replaceAll('\r\n', '\n')) {
    const own = strokesOfCharacter(character);
    if (own.length === 0) skipped += 1;
    strokes.push(...own);
  }
  return { strokes, skipped };
}
