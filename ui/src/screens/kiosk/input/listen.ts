/** Touches, the scanner and the held corner, wherever on the page they happen. */
import { ScanCapture } from "../../../shared/scan/capture";

export type Heard = {
  touched(): void;
  scanned(text: string): void;
  /** A code that is not ours. */
  foreign(): void;
  cornerHeld(): void;
};

const HOLD_MS = 3000;
/** The corner is a tenth of the short side wide. */
const CORNER = 0.1;

export function listen(heard: Heard, target: Window = window): () => void {
  const stopScans = new ScanCapture({
    scanned: (text) => heard.scanned(text),
    foreign: () => heard.foreign(),
    typed: () => heard.touched(),
  }).listen(target);
  const off = new AbortController();
  const options = { capture: true, signal: off.signal };
  let holding: ReturnType<typeof setTimeout> | undefined;

  const letGo = (): void => clearTimeout(holding);
  const inCorner = (event: PointerEvent): boolean => {
    const reach = Math.min(target.innerWidth, target.innerHeight) * CORNER;
    return event.clientX <= reach && event.clientY <= reach;
  };

  const pointerDown = (event: PointerEvent): void => {
    heard.touched();
    letGo();
    if (inCorner(event)) {
      holding = setTimeout(() => heard.cornerHeld(), HOLD_MS);
    }
  };
  target.addEventListener("pointerdown", pointerDown, options);
  target.addEventListener(
    "pointermove",
    (event) => {
      if (!inCorner(event)) {
        letGo();
      }
    },
    options,
  );
  target.addEventListener("pointerup", letGo, options);
  target.addEventListener("pointercancel", letGo, options);
  target.addEventListener("scroll", () => heard.touched(), options);
  target.addEventListener("contextmenu", (event) => event.preventDefault(), options);
  target.addEventListener("dragstart", (event) => event.preventDefault(), options);

  return () => {
    letGo();
    stopScans();
    off.abort();
  };
}
