// noVNC's client with what a desktop needs: exact pixels on HiDPI screens, sizes asked for in device pixels, and a way to keep QEMU's VNC awake.
// It overrides inner methods of noVNC 1.7 (core/rfb.js: _screenSize, _requestRemoteResize, _updateScale, _resize, _fail); look there at an update.
import RFB from '@novnc/novnc';
import { fitScale } from './scale.ts';

export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

export class VncScreen extends RFB {
  /** Hears of the guest's own screen size, in its pixels. */
  onSize: ((size: ScreenSize) => void) | undefined;
  /** Why the connection failed, in noVNC's words. */
  failure: string | undefined;
  #isAskingForSize = false;

  /** Says again where the pointer is: QEMU's VNC server ticks every 30 ms after input, and ever slower without. */
  repeatPointer(): void {
    const { x, y } = this._mousePos;
    if (x !== undefined && y !== undefined) this._sendMouse(x, y, this._mouseButtonMask);
  }

  /** Tells the guest that every key is up: what is held while the focus goes elsewhere would else stay down there. */
  releaseKeys(): void {
    this._keyboard._allKeysUp();
  }

  /** Takes the pixel ratio of the screen that the window is on now. */
  refreshScale(): void {
    this._updateScale();
    this._requestRemoteResize();
  }

  /** As noVNC does it, but the reason is kept for the person instead of written to the browser's log. */
  protected override _fail(details: string): boolean {
    this.failure = details;
    this._rfbCleanDisconnect = false;
    this._updateConnectionState('disconnecting');
    this._updateConnectionState('disconnected');
    return false;
  }

  protected override _screenSize(): { readonly w: number; readonly h: number } {
    const size = super._screenSize();
    // super's constructor gets here before our private field exists
    const isAsking = #isAskingForSize in this && this.#isAskingForSize;
    if (!isAsking) return size;
    const ratio = window.devicePixelRatio;
    return { w: Math.floor(size.w * ratio), h: Math.floor(size.h * ratio) };
  }

  protected override _requestRemoteResize(): void {
    this.#isAskingForSize = true;
    try {
      super._requestRemoteResize();
    } finally {
      this.#isAskingForSize = false;
    }
  }

  protected override _updateScale(): void {
    const ratio = window.devicePixelRatio;
    const { w, h } = this._screenSize();
    this._display.scale = this.scaleViewport
      ? fitScale({ width: this._display.width, height: this._display.height }, { width: w, height: h }, ratio)
      : 1 / ratio;
    this._fixScrollbars();
  }

  protected override _resize(width: number, height: number): void {
    super._resize(width, height);
    this.onSize?.({ width, height });
  }
}
