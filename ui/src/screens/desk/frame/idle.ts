// Locks the desk when nobody has touched it: what stands on it is about people.

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;
const CHECK_MS = 1000;

/** While somebody works, the hall hears of it this often: a long form sends nothing by itself. */
const SIGN_MS = 60_000;

export class IdleWatch {
  #last = Date.now();
  #signed = Date.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #target: EventTarget;
  readonly #touch = (): void => {
    this.#last = Date.now();
  };

  /** Zero milliseconds: the hall wants no lock. */
  constructor(afterMs: number, idle: () => void, alive: () => void, target: EventTarget = window) {
    this.#target = target;
    if (afterMs <= 0) return;
    for (const sign of SIGNS) target.addEventListener(sign, this.#touch, { capture: true, passive: true });
    // Wall time is compared, not counted: a suspended machine wakes up locked.
    this.#timer = setInterval(() => {
      const now = Date.now();
      if (now - this.#last >= afterMs) {
        this.#touch();
        idle();
      } else if (this.#last > this.#signed && now - this.#signed >= SIGN_MS) {
        this.#signed = now;
        alive();
      }
    }, CHECK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const sign of SIGNS) this.#target.removeEventListener(sign, this.#touch, { capture: true });
  }
}
