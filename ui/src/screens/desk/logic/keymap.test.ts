import { describe, expect, it } from "vitest";
import { dispatchAct, globalAct, isBrowserKey, neighbour, takesText } from "./keymap";

const press = (key: string, held: Partial<{ ctrl: boolean; alt: boolean; meta: boolean }> = {}) => ({
  key,
  ctrl: false,
  alt: false,
  meta: false,
  ...held,
});

describe("global keys", () => {
  it("turn F1 to F8 into the eight pages", () => {
    expect(globalAct(press("F1"))).toEqual({ act: "page", page: "dispatch" });
    expect(globalAct(press("F6"))).toEqual({ act: "page", page: "settings" });
    expect(globalAct(press("F7"))).toEqual({ act: "page", page: "devices" });
    expect(globalAct(press("F8"))).toEqual({ act: "page", page: "printers" });
    expect(globalAct(press("F9"))).toBeNull();
    expect(globalAct(press("F4", { alt: true }))).toBeNull();
  });

  it("find with Ctrl+K and lock with Ctrl+L, also with CapsLock on", () => {
    expect(globalAct(press("k", { ctrl: true }))).toEqual({ act: "search" });
    expect(globalAct(press("L", { ctrl: true }))).toEqual({ act: "lock" });
    expect(globalAct(press("l"))).toBeNull();
  });

  it("keep the engine from reloading the desk", () => {
    expect(isBrowserKey(press("F5"))).toBe(true);
    expect(isBrowserKey(press("r", { ctrl: true }))).toBe(true);
    expect(isBrowserKey(press("c", { ctrl: true }))).toBe(false);
    expect(isBrowserKey(press("F4", { alt: true }))).toBe(false);
  });
});

describe("the three panes", () => {
  it("are neighbours with two ends", () => {
    expect(neighbour("posts", "ArrowRight")).toBe("waiting");
    expect(neighbour("posts", "ArrowLeft")).toBeNull();
    expect(neighbour("tickets", "ArrowRight")).toBeNull();
    expect(neighbour("waiting", "Tab")).toBeNull();
  });

  it("give Enter the next step of the job", () => {
    expect(dispatchAct("posts", press("Enter"))).toBe("choose_worker");
    expect(dispatchAct("waiting", press("Enter"))).toBe("dispatch");
    expect(dispatchAct("tickets", press("Enter"))).toBe("check");
  });

  it("take letters in either case, never with a modifier", () => {
    expect(dispatchAct("posts", press("N"))).toBe("publish");
    expect(dispatchAct("tickets", press("p", { ctrl: true }))).toBeNull();
    expect(dispatchAct("tickets", press("z"))).toBeNull();
  });
});

describe("takesText", () => {
  it.each([
    [{ tag: "INPUT", type: "text", editable: false }, true],
    [{ tag: "INPUT", type: "checkbox", editable: false }, false],
    [{ tag: "SELECT", type: "", editable: false }, true],
    [{ tag: "UL", type: "", editable: false }, false],
    [{ tag: "DIV", type: "", editable: true }, true],
  ])("%o → %s", (focused, takes) => {
    expect(takesText(focused)).toBe(takes);
  });
});
