// What went wrong and has to be told wherever the person is. The same failure reaches the window twice, by the reply and by the command's record:
// its key keeps it from being shown twice, whichever comes first.
import { createStore, type StoreApi } from 'zustand/vanilla';

export interface Notice {
  readonly id: number;
  readonly key: string;
  readonly tone: 'error' | 'info';
  readonly title: string;
  readonly message: string;
  readonly code?: string;
  readonly detail?: string;
  /** UUID of the machine that it is about. */
  readonly machine?: string;
  readonly at: number;
  /** Tells of what a person did in this window, in the window's words: they take the place of the command's own. */
  readonly isOwn?: boolean;
}

export interface NoticesState {
  readonly notices: readonly Notice[];
  readonly nextId: number;
}

/** The same thing again within this time is the same notice. */
const SAME_WITHIN_MS = 5000;
const MOST = 4;

export function reduceNotice(state: NoticesState, notice: Omit<Notice, 'id'>): NoticesState {
  const known = state.notices.find(
    (other) => other.key === notice.key && Math.abs(notice.at - other.at) < SAME_WITHIN_MS,
  );
  if (known) {
    if (!notice.isOwn || known.isOwn) return state;
    const own = { ...notice, id: known.id };
    return { ...state, notices: state.notices.map((other) => (other === known ? own : other)) };
  }
  const notices = [...state.notices, { ...notice, id: state.nextId }].slice(-MOST);
  return { notices, nextId: state.nextId + 1 };
}

export const reduceNoticeGone = (state: NoticesState, id: number): NoticesState => ({
  ...state,
  notices: state.notices.filter((notice) => notice.id !== id),
});

export const createNoticesStore = (): StoreApi<NoticesState> => createStore(() => ({ notices: [], nextId: 1 }));
