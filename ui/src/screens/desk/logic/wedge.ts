// A hand scanner in keyboard-wedge mode types like a very fast person. This reader tells the two apart by
// rhythm, reads `event.code` (an input method changes `key`, never `code`), and must never eat what a person
// types.

export interface WedgeKey {
  code: string;
  /** Milliseconds, monotonic. */
  at: number;
  /** Ctrl, Alt or Meta is held. */
  modified: boolean;
}

export type WedgeVerdict =
  | { kind: "pass" }
  /** The first key of what may be a scan went through: remember the field, to put it back later. */
  | { kind: "begin" }
  | { kind: "swallow" }
  | { kind: "scan"; text: string };

const PREFIX = "LG";
/** People who roll two keys are faster than this for a pair, never for four in a row. */
const GAP_MS_MAX = 50;
const CERTAIN_LENGTH = 4;
/** The shortest token is far longer; a clerk who types `lg1` and Enter is no scanner. */
const SCAN_LENGTH_MIN = 16;
const SCAN_LENGTH_MAX = 1024;

const PASS: WedgeVerdict = { kind: "pass" };

export class WedgeReader {
  #text = "";
  #last = Number.NEGATIVE_INFINITY;

  read(key: WedgeKey): WedgeVerdict {
    if (isHeldKey(key.code)) return PASS;
    const late = key.at - this.#last > GAP_MS_MAX;
    this.#last = key.at;
    if (late || key.modified) this.#text = "";
    if (key.modified) return PASS;
    if (isEnter(key.code)) return this.#end();
    return this.#take(characterOf(key.code));
  }

  #end(): WedgeVerdict {
    const text = this.#text;
    this.#text = "";
    return text.length >= SCAN_LENGTH_MIN ? { kind: "scan", text } : PASS;
  }

  #take(character: string | null): WedgeVerdict {
    if (character === null) {
      this.#text = "";
      return PASS;
    }
    const text = this.#text + character;
    if (this.#text.length < PREFIX.length && !PREFIX.startsWith(text)) {
      this.#text = PREFIX.startsWith(character) ? character : "";
    } else {
      this.#text = text.slice(0, SCAN_LENGTH_MAX);
    }
    if (this.#text.length >= CERTAIN_LENGTH) return { kind: "swallow" };
    return this.#text.length === 1 ? { kind: "begin" } : PASS;
  }
}

function isHeldKey(code: string): boolean {
  return code.startsWith("Shift") || code === "CapsLock";
}

function isEnter(code: string): boolean {
  return code === "Enter" || code === "NumpadEnter";
}

/** Tokens are Crockford Base32 in capitals: letters and digits are all there is. */
function characterOf(code: string): string | null {
  const match = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code);
  return match?.[1] ?? match?.[2] ?? null;
}
