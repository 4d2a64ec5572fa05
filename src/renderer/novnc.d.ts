// The parts of noVNC 1.7 that we use; its package ships no types. Members with an underscore are its inside: only views/console/vnc-screen.ts
// touches them, and says why.
declare module '@novnc/novnc' {
  interface RfbDisplay {
    scale: number;
    readonly width: number;
    readonly height: number;
  }

  export default class RFB extends EventTarget {
    constructor(target: Element, channel: WebSocket, options?: { readonly shared?: boolean });
    viewOnly: boolean;
    focusOnClick: boolean;
    clipViewport: boolean;
    scaleViewport: boolean;
    resizeSession: boolean;
    showDotCursor: boolean;
    background: string;
    qualityLevel: number;
    compressionLevel: number;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    sendKey(keysym: number, code: string | null, down?: boolean): void;

    protected readonly _display: RfbDisplay;
    protected readonly _keyboard: { _allKeysUp(): void };
    protected readonly _mousePos: { readonly x?: number; readonly y?: number };
    protected readonly _mouseButtonMask: number;
    protected _rfbCleanDisconnect: boolean;
    protected _fail(details: string): boolean;
    protected _fixScrollbars(): void;
    protected _requestRemoteResize(): void;
    protected _resize(width: number, height: number): void;
    protected _screenSize(): { readonly w: number; readonly h: number };
    protected _sendMouse(x: number, y: number, mask: number): void;
    protected _updateConnectionState(state: string): void;
    protected _updateScale(): void;
  }
}
