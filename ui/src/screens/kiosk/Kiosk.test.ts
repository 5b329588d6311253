import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "../../backend/backend";
import type { DeviceState } from "../../backend/generated/DeviceState";
import type { ReaderEvent } from "../../backend/generated/ReaderEvent";
import { connectFake } from "../../backend/fake";
import Kiosk from "./Kiosk.svelte";

const ID = "990101198001011234";

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

async function tap(testid: string, at = 0): Promise<void> {
  await waitFor(() => expect(screen.getAllByTestId(testid).length).toBeGreaterThan(at));
  const target = screen.getAllByTestId(testid)[at];
  if (target === undefined) {
    throw new Error(`no ${testid}`);
  }
  await fireEvent.pointerDown(target, { clientX: 500, clientY: 500 });
  await fireEvent.pointerUp(target);
  await fireEvent.click(target);
}

async function pageIs(name: string): Promise<void> {
  await waitFor(() => expect(screen.getByTestId("kiosk").dataset["page"]).toBe(name));
}

async function claim(post: number): Promise<void> {
  await tap("post-card", post);
  await pageIs("post");
  await tap(screen.queryByTestId("want") === null ? "want-standby" : "want");
  await pageIs("identity");
  for (const digit of ID) {
    await tap(`key-${digit}`);
  }
  await tap("id-submit");
  await pageIs("confirm");
  await vi.advanceTimersByTimeAsync(600);
  await tap("confirm");
  await pageIs("ticket");
}

test("from the board to a confirmed place, and nothing of it is left behind", async () => {
  render(Kiosk, { backend: connectFake() });
  await claim(0);
  expect(screen.getByTestId("ticket-title").textContent).toContain("已确认");
  const slip = await screen.findByTestId("slip");
  expect(slip.getAttribute("src")).toMatch(/^data:image\/png;base64,/);
  const code = screen.getByTestId("ticket-code").textContent;
  await vi.advanceTimersByTimeAsync(20_000);
  await pageIs("home");
  const left = document.documentElement.outerHTML;
  for (const trace of [ID, "王", code, "data:image"]) {
    expect(left).not.toContain(trace);
  }
});

test("a standby page never says that anything is confirmed", async () => {
  render(Kiosk, { backend: connectFake() });
  await claim(4);
  const text = screen.getByTestId("ticket").textContent;
  expect(text).toContain("候补 · 本机第 1 位");
  expect(text).not.toContain("确认");
});

test("a scan counts wherever the focus is, and its Enter presses nothing", async () => {
  render(Kiosk, { backend: connectFake() });
  await pageIs("home");
  const button = await screen.findByTestId("call-help");
  button.focus();
  for (const key of "LG1CARD0123456789ABC") {
    await fireEvent.keyDown(button, { key, code: /\d/.test(key) ? `Digit${key}` : `Key${key}` });
  }
  await fireEvent.keyDown(button, { key: "Enter", code: "Enter" });
  await pageIs("mine");
  expect(screen.queryByTestId("help-called")).toBeNull();
});

test("three seconds on the corner ask for the staff PIN, two do not", async () => {
  render(Kiosk, { backend: connectFake() });
  await pageIs("home");
  const body = document.body;
  await fireEvent.pointerDown(body, { clientX: 10, clientY: 10 });
  await vi.advanceTimersByTimeAsync(2000);
  await fireEvent.pointerUp(body);
  await vi.advanceTimersByTimeAsync(2000);
  await pageIs("home");
  await fireEvent.pointerDown(body, { clientX: 10, clientY: 10 });
  await vi.advanceTimersByTimeAsync(3100);
  await pageIs("staff");
});

test("the idle countdown covers the page until it is touched", async () => {
  render(Kiosk, { backend: connectFake() });
  await tap("sign-in");
  await vi.advanceTimersByTimeAsync(46_000);
  expect(screen.getByTestId("idle")).toBeTruthy();
  await tap("idle-stay");
  await waitFor(() => expect(screen.queryByTestId("idle")).toBeNull());
  await pageIs("identity");
});

test("a hall that cannot be reached shows words, not an empty page", async () => {
  render(Kiosk, { backend: connectFake(new URLSearchParams("down=1")) });
  await pageIs("down");
  expect(screen.getByTestId("down").textContent).toContain("请到窗口");
});

test("a card on the reader signs in, and is not forgotten there", async () => {
  let hear: (event: ReaderEvent) => void = () => undefined;
  const backend: Backend = {
    ...connectFake(),
    onReaders: (heard) => {
      hear = heard;
      return () => undefined;
    },
  };
  const status = (state: DeviceState): ReaderEvent => ({
    type: "status",
    data: { seat: "kiosk", device: "card_reader", state, message: "" },
  });
  render(Kiosk, { backend });
  await tap("sign-in");
  expect(screen.queryByTestId("id-card-hint")).toBeNull();
  hear(status("ready"));
  await screen.findByTestId("id-card-hint");
  const card = { number: ID, name: "", sex: "", nation: "", born: "", address: "", valid_until: "" };
  hear({ type: "card", data: card });
  hear(status("occupied"));
  await pageIs("mine");
  await screen.findByTestId("card-left");
  expect(document.documentElement.outerHTML).not.toContain(ID);
  hear(status("ready"));
  await waitFor(() => expect(screen.queryByTestId("card-left")).toBeNull());
});

/** The in-memory hall's printer goes `steps` steps further. */
const prints = (steps: number): Promise<unknown> => vi.advanceTimersByTimeAsync(steps * 1300);

test("a printer that says nothing is asked about in two large buttons, and the answer is heeded", async () => {
  render(Kiosk, { backend: connectFake(new URLSearchParams("printer=mute")) });
  await claim(0);
  await prints(2);
  await waitFor(() => expect(screen.getByTestId("slip-note").textContent).toContain("小票出来了吗？"));
  await tap("slip-nothing");
  await waitFor(() =>
    expect(screen.getByTestId("slip-note").textContent).toContain("记住短码，到 2 号窗口补一张"),
  );
  expect(screen.queryByTestId("slip-came")).toBeNull();
});

test("a printer without paper is said in words to the worker, and calmly to whoever passes", async () => {
  render(Kiosk, { backend: connectFake(new URLSearchParams("printer=out")) });
  await claim(0);
  await prints(1);
  await waitFor(() => expect(screen.getByTestId("slip-note").textContent).toContain("打印机没纸了"));
  expect(screen.getByTestId("slip-note").textContent).toContain("已经叫人；短码也能用");
  expect(screen.getByTestId("printer-health").textContent).toContain("接活照常");
  expect(screen.queryByTestId("help-called")).toBeNull();
});

test("nothing is said of a printer that is well", async () => {
  render(Kiosk, { backend: connectFake() });
  await pageIs("home");
  await screen.findByTestId("header");
  expect(screen.queryByTestId("printer-health")).toBeNull();
});
