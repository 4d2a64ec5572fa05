// The kernel's names of keys (linux/input-event-codes.h), as virsh send-key takes them, in QEMU's (qapi/ui.json, QKeyCode). Pure.

const NAMED: Readonly<Record<string, string>> = {
  leftctrl: 'ctrl',
  rightctrl: 'ctrl_r',
  leftalt: 'alt',
  rightalt: 'alt_r',
  leftshift: 'shift',
  rightshift: 'shift_r',
  leftmeta: 'meta_l',
  rightmeta: 'meta_r',
  enter: 'ret',
  space: 'spc',
  pageup: 'pgup',
  pagedown: 'pgdn',
  capslock: 'caps_lock',
  numlock: 'num_lock',
  scrolllock: 'scroll_lock',
  sysrq: 'sysrq',
  equal: 'equal',
  leftbrace: 'bracket_left',
  rightbrace: 'bracket_right',
  grave: 'grave_accent',
  dot: 'dot',
  kpenter: 'kp_enter',
  kpplus: 'kp_add',
  kpminus: 'kp_subtract',
  kpasterisk: 'kp_multiply',
  kpslash: 'kp_divide',
  kpdot: 'kp_decimal',
  volumeup: 'volumeup',
  volumedown: 'volumedown',
  mute: 'audiomute',
  '102nd': 'less',
  esc: 'esc',
  compose: 'compose',
};

/** 'KEY_LEFTCTRL' → 'ctrl', 'KEY_KP5' → 'kp_5', 'KEY_A' → 'a'; what has no KEY_ before it is QEMU's name already. */
export function keyName(name: string): string {
  const bare = /^KEY_(.+)$/i.exec(name)?.[1]?.toLowerCase();
  if (bare === undefined) return name;
  const digit = /^kp(\d)$/.exec(bare)?.[1];
  return digit === undefined ? (NAMED[bare] ?? bare) : `kp_${digit}`;
}
