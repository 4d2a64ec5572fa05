import { describe, expect, it } from 'vitest';
import { openSession, type SessionHost, splitTokenHash } from '../../../../src/renderer/transport/session.ts';

interface FakeHost extends SessionHost {
  readonly hashes: string[];
  readonly posts: unknown[];
  readonly stored: Map<string, string>;
}

function fakeHost(
  hash: string,
  accepts: (token: string | undefined) => boolean,
  stored = new Map<string, string>(),
): FakeHost {
  const hashes: string[] = [];
  const posts: unknown[] = [];
  return {
    hash,
    hashes,
    posts,
    stored,
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => void stored.set(key, value) },
    replaceHash: (next) => hashes.push(next),
    post: async (body) => {
      posts.push(body);
      return accepts(body.token) ? { tabToken: 'tab' } : undefined;
    },
  };
}

describe('a browser tab', () => {
  it('trades its one-time token and takes it out of the address', async () => {
    const host = fakeHost('#token=once', (token) => token === 'once');
    expect(await openSession(host)).toEqual({ kind: 'open', tabToken: 'tab' });
    expect(host.hashes).toEqual(['#/']);
  });

  it('goes on with its own token after a reload, without asking', async () => {
    const first = fakeHost('#token=once', () => true);
    await openSession(first);
    const reload = fakeHost('#/doctor', () => false, first.stored);
    expect(await openSession(reload)).toEqual({ kind: 'open', tabToken: 'tab' });
    expect(reload.posts).toEqual([]);
  });

  it('is refused without any token', async () => {
    const host = fakeHost('#/', () => false);
    expect(await openSession(host)).toEqual({ kind: 'refused' });
    expect(host.posts).toEqual([{}]);
  });

  it('keeps its own token where the one in the address was used before', async () => {
    const first = fakeHost('#token=once', () => true);
    await openSession(first);
    const again = fakeHost('#token=once', () => false, first.stored);
    expect(await openSession(again)).toEqual({ kind: 'open', tabToken: 'tab' });
  });

  it('lands where the address says besides the token', () => {
    expect(splitTokenHash('#token=a%2Bb&route=%2Fdoctor')).toEqual({ token: 'a+b', rest: '#/doctor' });
    expect(splitTokenHash('#/doctor')).toEqual({ rest: '#/doctor' });
  });
});
