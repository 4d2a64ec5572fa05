// Where the page begins: finds out which shell it is in, connects, and draws the window.
import { type ReactNode, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { z } from 'zod';
import { toDisposable } from '../common/base/dispose.ts';
import { virError } from '../common/errors.ts';
import { AppContext } from './app-context.ts';
import { type Connection, createConnection } from './client.ts';
import { createActions } from './store/actions.ts';
import { createStores } from './store/stores.ts';
import { startSync, type Visibility } from './store/sync.ts';
import { createBlockJobWatch } from './store/watch-block-job.ts';
import { openBridgeTransport } from './transport/bridge-transport.ts';
import { browserSessionHost, openSession } from './transport/session.ts';
import { openWebSocketTransport } from './transport/websocket-transport.ts';
import { App } from './views/app/app.tsx';
import { RefusedPage } from './views/app/refused-page.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './components/controls.css';
import './components/feedback.css';

// the page's policy forbids eval, which zod would otherwise try
z.config({ jitless: true });

const pageVisibility: Visibility = {
  isVisible: () => document.visibilityState === 'visible',
  onChange: (listener) => {
    document.addEventListener('visibilitychange', listener);
    return toDisposable(() => document.removeEventListener('visibilitychange', listener));
  },
};

function connectElectron(bridge: NonNullable<Window['vivarium']>): Connection {
  return createConnection({
    openTransport: () => Promise.resolve(openBridgeTransport(bridge)),
    consoleAddress: async ({ call }) => {
      const { consoleUrl } = await call('engine.info', {});
      if (!consoleUrl) throw virError('NO_SUPPORT', 'this engine has no console server');
      return { url: consoleUrl, protocols: ['binary'] };
    },
  });
}

function connectBrowser(tabToken: string): Connection {
  const origin = window.location.origin.replace(/^http/, 'ws');
  return createConnection({
    openTransport: () => openWebSocketTransport(`${origin}/contract`, tabToken),
    consoleAddress: () => Promise.resolve({ url: `${origin}/console`, protocols: ['binary', `token.${tabToken}`] }),
  });
}

/** undefined where this tab may not connect. */
async function connect(): Promise<Connection | undefined> {
  if (window.vivarium) return connectElectron(window.vivarium);
  const session = await openSession(browserSessionHost());
  return session.kind === 'open' ? connectBrowser(session.tabToken) : undefined;
}

function drawApp(root: Root, connection: Connection): void {
  const stores = createStores(window.localStorage);
  startSync({ connection, stores, visibility: pageVisibility });
  const actions = createActions(connection, stores);
  const watchBlockJob = createBlockJobWatch({ connection, stores, isVisible: pageVisibility.isVisible });
  const services = { connection, stores, actions, watchBlockJob };
  draw(
    root,
    <AppContext value={services}>
      <App />
    </AppContext>,
  );
}

const draw = (root: Root, view: ReactNode): void => root.render(<StrictMode>{view}</StrictMode>);

async function start(): Promise<void> {
  const place = document.getElementById('root');
  if (!place) throw new Error('index.html has no #root');
  const root = createRoot(place);
  const connection = await connect();
  if (connection) drawApp(root, connection);
  else draw(root, <RefusedPage />);
}

void start();
