/**
 * pan-meter: frames per second of the last motion: pictures drawn ÷ time between the first and the last of them.
 *
 * A picture counts when the graphics card has done it, or the one before it: between n + 1 such moments n pictures were done,
 * whichever it is.  Only stretches between pictures of one motion
 * count, and a pause in a drag is none of the map's doing.
 */
const PAUSE_MS = 400;
export const PICTURES_MIN = 4;

export class PanMeter {
  #before = 0;
  #pictures = 0;
  #ms = 0;
  /** Of the last motion that was long enough; 0 = none was. */
  fps = 0;
  pictures = 0;
  onEnd: () => void = () => {};
  /** The motion is the page's own: it has no pauses, however slowly it is drawn. */
  isSteady = false;

  /** Pictures of the motion that goes on. */
  get counted(): number {
    return this.#pictures;
  }

  begin(): void {
    this.#before = 0;
    this.#pictures = 0;
    this.#ms = 0;
  }

  /** `hasWaited`: it was wanted before the picture ahead of it was done. */
  drew(now: number, hasWaited: boolean): void {
    const gap = now - this.#before;
    if (this.#before !== 0 && gap > 0 && (this.isSteady || hasWaited || gap < PAUSE_MS)) {
      this.#pictures++;
      this.#ms += gap;
    }
    this.#before = now;
  }

  end(): void {
    if (this.#pictures < PICTURES_MIN) return;
    this.fps = (this.#pictures * 1000) / this.#ms;
    this.pictures = this.#pictures;
    this.onEnd();
  }
}
