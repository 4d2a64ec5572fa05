// What a key does in the list: pure, so that it is tested without a browser. The list carries it out.

export type ListMove =
  | { readonly kind: 'move'; readonly to: number; readonly extends: boolean }
  | { readonly kind: 'toggle' }
  | { readonly kind: 'all' }
  | { readonly kind: 'open' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'menu' }
  | { readonly kind: 'find'; readonly text: string }
  | { readonly kind: 'nothing' };

export interface ListKey {
  readonly key: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

export interface ListPlace {
  readonly index: number;
  readonly length: number;
  readonly pageSize: number;
}

const nothing: ListMove = { kind: 'nothing' };

function moveTarget(key: string, { index, length, pageSize }: ListPlace): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1;
    case 'ArrowUp':
      return index < 0 ? length - 1 : index - 1;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    case 'PageDown':
      return index + pageSize;
    case 'PageUp':
      return index - pageSize;
    default:
      return undefined;
  }
}

export function listMove(press: ListKey, place: ListPlace): ListMove {
  if (place.length === 0) return nothing;
  const target = moveTarget(press.key, place);
  if (target !== undefined) {
    const to = Math.min(place.length - 1, Math.max(0, target));
    return { kind: 'move', to, extends: press.shift };
  }
  if (press.key === 'ContextMenu' || (press.shift && press.key === 'F10')) return { kind: 'menu' };
  if (press.ctrl && press.key.toLowerCase() === 'a') return { kind: 'all' };
  if (press.key === ' ') return press.ctrl || press.shift ? { kind: 'toggle' } : { kind: 'open' };
  if (press.ctrl || press.alt) return nothing;
  if (press.key === 'Enter') return { kind: 'open' };
  if (press.key === 'Delete') return { kind: 'delete' };
  return press.key.length === 1 ? { kind: 'find', text: press.key } : nothing;
}
