// How large a guest's picture is drawn. Near the size where one guest pixel is one screen pixel it takes exactly that, because a resampled picture
// by one percent is only blurred (virt-manager #434). Pure.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How far off exact pixels the picture may be and is drawn exactly all the same; it must still fit. */
const SNAP = 1.03;

/** CSS pixels a guest pixel, for a picture of `guest` pixels in a view of `view` CSS pixels on a screen with `ratio` device pixels a CSS pixel. */
export function fitScale(guest: Size, view: Size, ratio: number): number {
  if (guest.width <= 0 || guest.height <= 0 || view.width <= 0 || view.height <= 0) return 0;
  const fit = Math.min(view.width / guest.width, view.height / guest.height);
  const device = fit * ratio;
  const whole = Math.floor(device + 1e-6);
  return whole >= 1 && device / whole <= SNAP ? whole / ratio : fit;
}
