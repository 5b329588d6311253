// A hand scanner in keyboard-wedge mode types like a very fast person. This reader tells the two apart by
// rhythm, reads `event.code` (an input method changes `key`, never `code`), and must never eat what a person
// types.

export interface WedgeKey {
  code: string;
  /** Milliseconds, monotonic. */
  at: number;
  /** Ctrl, Alt or Meta is held. */
  modified: boolean;
  /** A key that is held down repeats as fast as a scanner types. */
  repeated: boolean;
}

export type WedgeVerdict =
  | { kind: "pass" }
  /** The first key of what may be a scan went through: remember the field, to put it back later. */
  | { kind: "begin" }
  | { kind: "swallow" }
  | { kind: "scan"; text: string }
  /** Enter behind something scanned that is not a code of ours. */
  | { kind: "foreign" };

const PREFIX = "LG1";
/** People who roll two keys are faster than this for a pair, never for many in a row. */
const GAP_MS_MAX = 50;
/** The prefix and one more: from here on it is a scanner. */
const CERTAIN_LENGTH = PREFIX.length + 1;
/** The shortest token is far longer; a clerk who types `lg1` and Enter is no scanner. */
const SCAN_LENGTH_MIN = 16;
const SCAN_LENGTH_MAX = 1024;
/** So many keys in a row at a scanner's pace are nobody's typing. */
const FOREIGN_LENGTH_MIN = 8;

const PASS: WedgeVerdict = { kind: "pass" };

export class WedgeReader {
  #text = "";
  /** Keys at a scanner's pace, whatever they say. */
  #run = 0;
  #last = Number.NEGATIVE_INFINITY;

  read(key: WedgeKey): WedgeVerdict {
    if (isHeldKey(key.code)) return PASS;
    const late = key.at - this.#last > GAP_MS_MAX;
    this.#last = key.at;
    if (late || key.modified || key.repeated) {
      this.#text = "";
      this.#run = 0;
    }
    if (key.modified || key.repeated) return PASS;
    if (isEnter(key.code)) return this.#end();
    this.#run += 1;
    return this.#take(characterOf(key.code));
  }

  #end(): WedgeVerdict {
    const [text, run] = [this.#text, this.#run];
    this.#text = "";
    this.#run = 0;
    if (text.length >= SCAN_LENGTH_MIN) return { kind: "scan", text };
    return run >= FOREIGN_LENGTH_MIN ? { kind: "foreign" } : PASS;
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
