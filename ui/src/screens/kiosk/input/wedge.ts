/**
 * A scanner that plays keyboard: fast keys, then Enter, whatever has the focus. Keys typed at human speed
 * never add up to a scan. Pure; the caller brings the time.
 */
export type WedgeKey = { key: string; code: string };

const GAP_MS = 120;
const SHORTEST = 4;
const LONGEST = 600;

export type Wedge = {
  /** Takes one key; a text when this key ended a scan. */
  press(key: WedgeKey, now: number): string | null;
};

export function createWedge(): Wedge {
  let text = "";
  let last = Number.NEGATIVE_INFINITY;
  return {
    press(key, now) {
      if (now - last > GAP_MS) {
        text = "";
      }
      last = now;
      if (key.key === "Enter" || key.code === "Enter" || key.code === "NumpadEnter") {
        const whole = text.length >= SHORTEST ? text.toUpperCase() : null;
        text = "";
        return whole;
      }
      text = (text + characterOf(key)).slice(0, LONGEST);
      return null;
    },
  };
}

/** An input method may swallow `key`; the place on the keyboard still tells. */
function characterOf({ key, code }: WedgeKey): string {
  if (/^[\x21-\x7e]$/.test(key)) {
    return key;
  }
  const place = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(code);
  return place?.[1] ?? place?.[2] ?? place?.[3] ?? "";
}
