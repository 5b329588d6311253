// Locks the desk when nobody has touched it: what stands on it is about people.

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;
const CHECK_MS = 1000;

export class IdleWatch {
  #last = Date.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #target: EventTarget;
  readonly #touch = (): void => {
    this.#last = Date.now();
  };

  /** Zero milliseconds: the hall wants no lock. */
  constructor(afterMs: number, idle: () => void, target: EventTarget = window) {
    this.#target = target;
    if (afterMs <= 0) return;
    for (const sign of SIGNS) target.addEventListener(sign, this.#touch, { capture: true, passive: true });
    // Wall time is compared, not counted: a suspended machine wakes up locked.
    this.#timer = setInterval(() => {
      if (Date.now() - this.#last < afterMs) return;
      this.#touch();
      idle();
    }, CHECK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const sign of SIGNS) this.#target.removeEventListener(sign, this.#touch, { capture: true });
  }
}
