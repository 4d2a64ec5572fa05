// The browser shell against hostile pages and clients: each request goes to the real server over a real socket, with headers as a browser or an attacker
// would send them. docs/internals/security.md names the case behind each rule.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { virError } from '../../../src/common/errors.ts';
import { ConsoleTickets } from '../../../src/engine/driver/consoles/console-tickets.ts';
import { type HttpServer, startHttpServer } from '../../../src/server/http-server.ts';
import { SessionStore } from '../../../src/server/session-store.ts';

const FILES = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<html>page</html>'), isImmutable: false }],
  ['/assets/app-1a2b.js', { type: 'text/javascript', body: Buffer.from('1'), isImmutable: true }],
]);

let server: HttpServer;
const sessions = new SessionStore();
const tickets = new ConsoleTickets();
const echo = (): Duplex => {
  const stream: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => {
      stream.push(chunk);
      done();
    },
  });
  return stream;
};

beforeAll(async () => {
  server = await startHttpServer({
    port: 0,
    files: FILES,
    sessions,
    backend: {
      handler: () => ({
        call: async () => ({ cancelled: true }) as never,
        subscribe: () => ({ dispose: () => undefined }),
      }),
      openConsole: async (ticket) => {
        tickets.redeem(ticket);
        return echo();
      },
      onInternalError: (error) => {
        throw error;
      },
    },
  });
});
afterAll(() => server.close());

const host = (): string => `127.0.0.1:${server.port}`;
const origin = (): string => `http://${host()}`;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, method, path, headers: { Host: host(), ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const postToken = (token: unknown, headers: Record<string, string> = {}) =>
  send('POST', '/session', { Origin: origin(), ...JSON_TYPE, ...headers }, JSON.stringify({ token }));

async function openSession(): Promise<{ cookie: string; tabToken: string }> {
  const answer = await postToken(sessions.issueToken());
  return { cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '', tabToken: JSON.parse(answer.body).tabToken };
}

/** 'open' or the HTTP status of the refusal. */
function upgrade(
  path: string,
  protocols: string[],
  headers: Record<string, string>,
): Promise<{ result: string | number; socket: WebSocket }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${host()}${path}`, protocols, { headers });
    socket.once('open', () => resolve({ result: 'open', socket }));
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve({ result: response.statusCode ?? 0, socket });
    });
    socket.on('error', () => undefined); // told by unexpected-response
  });
}

describe('the page', () => {
  it('is served with a strict policy, in no frame, to nobody else', async () => {
    const { status, headers } = await send('GET', '/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost', '127.0.0.1:1', '[::1]:80'])(
    'is refused under the Host "%s" (DNS rebinding)',
    async (wrong) => {
      expect((await send('GET', '/', { Host: wrong })).status).toBe(421);
    },
  );

  it('is served under localhost with our port', async () => {
    expect((await send('GET', '/', { Host: `localhost:${server.port}` })).status).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://127.0.0.1.evil.example'])(
    'is refused to the Origin "%s"',
    async (wrong) => {
      expect((await send('GET', '/', { Origin: wrong })).status).toBe(403);
    },
  );

  it('is refused to a script or image of another site, and shown where a person follows a link', async () => {
    expect((await send('GET', '/', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' })).status).toBe(403);
    expect((await send('GET', '/', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' })).status).toBe(403);
    expect((await send('GET', '/', { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate' })).status).toBe(200);
  });

  it.each([
    '/../package.json',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/assets/../../package.json',
    '/assets/app-1a2b.js%00.html',
    '/.git/config',
  ])('has no way out of its files: %s', async (path) => {
    // http.request would tidy the path, so the bytes go by hand.
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve(text));
    });
    expect(raw).toMatch(/^HTTP\/1\.1 (404|400)/);
  });

  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('has no %s', async (method) => {
    expect((await send(method, '/', { Origin: origin() })).status).toBe(405);
  });
});

describe('the exchange of the one-time token', () => {
  it('gives a cookie that scripts can’t read and a token for the tab', async () => {
    const answer = await postToken(sessions.issueToken());
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^vivarium-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(JSON.parse(answer.body).tabToken).toMatch(/^[\w-]{43}$/);
  });

  it('works once', async () => {
    const token = sessions.issueToken();
    expect((await postToken(token)).status).toBe(200);
    expect((await postToken(token)).status).toBe(401);
  });

  it.each([undefined, null, '', 'guess', 7, { a: 1 }])('refuses the token %o', async (token) => {
    expect((await postToken(token)).status).toBe(401);
  });

  it('wants JSON, which another site’s form can’t send', async () => {
    const body = JSON.stringify({ token: sessions.issueToken() });
    expect((await send('POST', '/session', { Origin: origin(), 'Content-Type': 'text/plain' }, body)).status).toBe(415);
    expect((await send('POST', '/session', { Origin: origin() }, body)).status).toBe(415);
  });

  it('wants our Origin', async () => {
    const token = sessions.issueToken();
    expect((await postToken(token, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await postToken(token, { Origin: 'null' })).status).toBe(403);
    expect((await send('POST', '/session', JSON_TYPE, JSON.stringify({ token }))).status).toBe(403);
    expect((await postToken(token)).status).toBe(200);
  });

  it('refuses a long body', async () => {
    expect((await postToken('x'.repeat(10_000))).status).toBe(400);
  });
});

describe('the contract’s WebSocket', () => {
  it('opens with Origin, cookie and the tab’s token', async () => {
    const { cookie, tabToken } = await openSession();
    const { result, socket } = await upgrade('/contract', ['vivarium.v1', `token.${tabToken}`], {
      Origin: origin(),
      Cookie: cookie,
    });
    expect([result, socket.protocol]).toEqual(['open', 'vivarium.v1']);
    socket.terminate();
  });

  it('refuses everything less', async () => {
    const { cookie, tabToken } = await openSession();
    const other = await openSession();
    const good = ['vivarium.v1', `token.${tabToken}`];
    const tries: readonly (readonly [string, string[], Record<string, string>, number])[] = [
      ['a foreign Origin', good, { Origin: 'https://evil.example', Cookie: cookie }, 403],
      ['a null Origin', good, { Origin: 'null', Cookie: cookie }, 403],
      ['no Origin', good, { Cookie: cookie }, 403],
      ['our Origin on another port', good, { Origin: 'http://127.0.0.1:1', Cookie: cookie }, 403],
      ['a wrong Host', good, { Origin: origin(), Cookie: cookie, Host: 'evil.example' }, 421],
      ['no cookie', good, { Origin: origin() }, 401],
      ['the cookie without the tab’s token', ['vivarium.v1'], { Origin: origin(), Cookie: cookie }, 401],
      ['a wrong tab token', ['vivarium.v1', 'token.guess'], { Origin: origin(), Cookie: cookie }, 401],
      ['another session’s cookie', good, { Origin: origin(), Cookie: other.cookie }, 401],
      ['another path', good, { Origin: origin(), Cookie: cookie }, 404],
    ];
    for (const [what, protocols, headers, status] of tries) {
      const { result } = await upgrade(what === 'another path' ? '/other' : '/contract', protocols, headers);
      expect([what, result]).toEqual([what, status]);
    }
  });

  it('drops a client whose message is too long, is not JSON, or is binary', async () => {
    const { cookie, tabToken } = await openSession();
    for (const message of ['x'.repeat(11 * 1024 * 1024), '{"type":', Buffer.from([1, 2, 3])]) {
      const { socket } = await upgrade('/contract', ['vivarium.v1', `token.${tabToken}`], {
        Origin: origin(),
        Cookie: cookie,
      });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.send(message);
      await closed;
    }
  });
});

describe('the consoles’ WebSocket', () => {
  const target = { uuid: 'u', console: 'serial', index: 0 } as const;

  it('wants the session and a ticket, and passes bytes as they are', async () => {
    const { cookie, tabToken } = await openSession();
    const { result, socket } = await upgrade(
      '/console',
      ['binary', `token.${tabToken}`, `ticket.${tickets.issue(target)}`],
      { Origin: origin(), Cookie: cookie },
    );
    expect([result, socket.protocol]).toEqual(['open', 'binary']);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const back = new Promise<Buffer>((resolve) => socket.once('message', (data) => resolve(data as Buffer)));
    socket.send(bytes);
    expect(await back).toEqual(bytes);
    socket.terminate();
  });

  it('refuses a replayed ticket, a guessed one, and a ticket without a session', async () => {
    const { cookie, tabToken } = await openSession();
    const headers = { Origin: origin(), Cookie: cookie };
    const ticket = tickets.issue(target);
    const first = await upgrade('/console', ['binary', `token.${tabToken}`, `ticket.${ticket}`], headers);
    expect(first.result).toBe('open');
    first.socket.terminate();
    expect((await upgrade('/console', ['binary', `token.${tabToken}`, `ticket.${ticket}`], headers)).result).toBe(401);
    expect((await upgrade('/console', ['binary', `token.${tabToken}`, 'ticket.guess'], headers)).result).toBe(401);
    expect((await upgrade('/console', ['binary', `token.${tabToken}`], headers)).result).toBe(401);
    expect((await upgrade('/console', ['binary', `ticket.${tickets.issue(target)}`], headers)).result).toBe(401);
  });
});

describe('tickets and sessions in time', () => {
  it('a ticket is worthless after a minute', () => {
    let now = 0;
    const store = new ConsoleTickets({ now: () => now });
    const [early, late] = [
      store.issue({ uuid: 'u', console: 'vnc', index: 0 }),
      store.issue({ uuid: 'u', console: 'vnc', index: 0 }),
    ];
    now = 59_999;
    expect(store.redeem(early)).toMatchObject({ uuid: 'u' });
    now = 60_000;
    expect(() => store.redeem(late)).toThrow(expect.objectContaining({ code: 'OPERATION_DENIED' }));
  });

  it('tickets that nobody opens are bounded', () => {
    const store = new ConsoleTickets();
    const issueAll = (): void => {
      for (let count = 0; count <= 1000; count += 1) store.issue({ uuid: 'u', console: 'vnc', index: 0 });
    };
    expect(issueAll).toThrow(expect.objectContaining({ code: virError('RESOURCE_BUSY', '').code }));
  });

  it('a session ends after twelve idle hours', () => {
    let now = 0;
    const store = new SessionStore({ now: () => now });
    const keys = store.exchange(store.issueToken());
    const hour = 3_600_000;
    now = 11 * hour;
    expect(store.check(keys?.cookie, keys?.tabToken)).toBe(true);
    now = 22 * hour;
    expect(store.check(keys?.cookie, keys?.tabToken)).toBe(true);
    now = 35 * hour;
    expect(store.check(keys?.cookie, keys?.tabToken)).toBe(false);
  });

  it('a one-time token with a lifetime is worthless behind it', () => {
    let now = 0;
    const store = new SessionStore({ now: () => now });
    const [early, late, lasting] = [store.issueToken(120_000), store.issueToken(120_000), store.issueToken()];
    now = 120_000;
    expect(store.exchange(early)).toBeDefined();
    now = 120_001;
    expect(store.exchange(late)).toBeUndefined();
    expect(store.exchange(lasting)).toBeDefined();
  });

  it('guessing does not lock out those who are in', () => {
    const store = new SessionStore();
    const keys = store.exchange(store.issueToken());
    for (let guess = 0; guess < 100; guess += 1) store.check('guess', 'guess');
    for (let guess = 0; guess < 100; guess += 1) store.exchange('guess');
    expect(store.check(keys?.cookie, keys?.tabToken)).toBe(true);
  });

  it('guessing locks the door for a minute, for the right token too', () => {
    let now = 0;
    const store = new SessionStore({ now: () => now });
    const token = store.issueToken();
    for (let guess = 0; guess < 30; guess += 1) store.exchange(`guess ${guess}`);
    expect(store.exchange(token)).toBeUndefined();
    now = 60_001;
    expect(store.exchange(token)).toBeDefined();
  });
});
