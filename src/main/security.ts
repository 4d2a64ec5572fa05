// What every page of ours is denied, by Electron's security checklist (electronjs.org, tutorial/security): other origins, new windows, webviews, and
// permissions but those that consoles need.
import { app, type Session } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';
import { webPreferences } from './window.ts';

/** Full screen and the clipboard, which consoles need; reading it only ever follows a click on "Type the clipboard". */
const PERMISSIONS: readonly string[] = ['fullscreen', 'clipboard-sanitized-write', 'clipboard-read'];

export const isOwnUrl = (url: string): boolean => url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);

/** The route of a console by itself: src/renderer/routes.ts. */
export const isConsoleUrl = (url: string): boolean =>
  url.startsWith(`${APP_ORIGIN}/`) && /#\/machines\/[0-9a-f-]{36}\/(console|serial)\?detached=1$/.test(url);

export function restrictSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, callback) =>
    callback(PERMISSIONS.includes(permission) && isOwnUrl(contents.getURL())),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => PERMISSIONS.includes(permission) && isOwnUrl(origin),
  );
}

export function restrictContents(preload: string): void {
  app.on('web-contents-created', (_event, contents) => {
    // A console in a window of its own is our own page again, with the same restrictions; everything else is denied.
    contents.setWindowOpenHandler(({ url }) =>
      isConsoleUrl(url)
        ? {
            action: 'allow',
            overrideBrowserWindowOptions: { autoHideMenuBar: true, webPreferences: webPreferences(preload) },
          }
        : { action: 'deny' },
    );
    contents.on('will-navigate', (event) => {
      if (!isOwnUrl(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isOwnUrl(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}
