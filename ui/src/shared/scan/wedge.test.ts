import { describe, expect, it } from "vitest";
import { WedgeReader, type WedgeVerdict } from "./wedge";

const TOKEN = "LG1ABCDEFGH0123456789";

function codeOf(character: string): string {
  return /[0-9]/.test(character) ? `Digit${character}` : `Key${character}`;
}

function type(
  reader: WedgeReader,
  text: string,
  gap: number,
  start = 1000,
): { verdicts: WedgeVerdict[]; at: number } {
  let at = start;
  const verdicts = [...text].map((character) => {
    at += gap;
    return reader.read({ code: codeOf(character), at, modified: false, repeated: false });
  });
  return { verdicts, at };
}

describe("a scanner in wedge mode", () => {
  it("is read whole when its keys are fast and Enter ends them", () => {
    const reader = new WedgeReader();
    const { verdicts, at } = type(reader, TOKEN, 8);
    expect(verdicts.slice(0, 4).map((v) => v.kind)).toEqual(["begin", "pass", "pass", "swallow"]);
    expect(reader.read({ code: "Enter", at: at + 8, modified: false, repeated: false })).toEqual({
      kind: "scan",
      text: TOKEN,
    });
  });

  it("is not confused by the shift keys that some scanners send for capitals", () => {
    const reader = new WedgeReader();
    let at = 0;
    for (const character of TOKEN) {
      at += 5;
      reader.read({ code: "ShiftLeft", at, modified: false, repeated: false });
      at += 5;
      reader.read({ code: codeOf(character), at, modified: false, repeated: false });
    }
    expect(reader.read({ code: "Enter", at: at + 5, modified: false, repeated: false })).toEqual({
      kind: "scan",
      text: TOKEN,
    });
  });

  it("may follow directly on something a person typed", () => {
    const reader = new WedgeReader();
    type(reader, "ABL", 8, 0);
    const { at } = type(reader, TOKEN, 8, 200);
    expect(reader.read({ code: "Enter", at: at + 8, modified: false, repeated: false }).kind).toBe("scan");
  });
});

describe("a code of somebody else", () => {
  it("is told from typing by its pace, and none of its keys is taken", () => {
    const reader = new WedgeReader();
    const { verdicts, at } = type(reader, "6901234567892", 8);
    expect(verdicts.every((v) => v.kind === "pass")).toBe(true);
    const enter = { code: "Enter", at: at + 8, modified: false, repeated: false };
    expect(reader.read(enter)).toEqual({ kind: "foreign" });
    expect(reader.read({ ...enter, at: at + 16 })).toEqual({ kind: "pass" });
  });

  it("is no code of ours for holding its letters, or beginning like one", () => {
    const reader = new WedgeReader();
    const { verdicts, at } = type(reader, "LGE1ABCDEFGH0123456789", 8);
    expect(verdicts.every((v) => v.kind !== "swallow")).toBe(true);
    const enter = { code: "NumpadEnter", at: at + 8, modified: false, repeated: false };
    expect(reader.read(enter).kind).toBe("foreign");
  });
});

describe("a person at the keyboard", () => {
  it("keeps every key, even of a word that begins like a token", () => {
    const reader = new WedgeReader();
    const { verdicts, at } = type(reader, TOKEN, 120);
    expect(verdicts.some((v) => v.kind === "swallow" || v.kind === "scan")).toBe(false);
    expect(reader.read({ code: "Enter", at: at + 120, modified: false, repeated: false }).kind).toBe("pass");
  });

  it("may type fast words that do not begin with LG", () => {
    const reader = new WedgeReader();
    const { verdicts, at } = type(reader, "WANGLINGGONGDATING", 10);
    expect(verdicts.every((v) => v.kind !== "swallow")).toBe(true);
    expect(reader.read({ code: "Enter", at: at + 10, modified: false, repeated: false }).kind).toBe(
      "foreign",
    );
  });

  it("may hold a key down", () => {
    const reader = new WedgeReader();
    for (let at = 0; at < 900; at += 30) {
      expect(reader.read({ code: "Digit7", at, modified: false, repeated: at > 0 }).kind).toBe("pass");
    }
    expect(reader.read({ code: "Enter", at: 910, modified: false, repeated: false }).kind).toBe("pass");
  });

  it("keeps Enter after a short word, and every shortcut", () => {
    const reader = new WedgeReader();
    const { at } = type(reader, "LG1", 10);
    expect(reader.read({ code: "Enter", at: at + 10, modified: false, repeated: false }).kind).toBe("pass");
    expect(reader.read({ code: "KeyL", at: at + 12, modified: true, repeated: false }).kind).toBe("pass");
  });
});
