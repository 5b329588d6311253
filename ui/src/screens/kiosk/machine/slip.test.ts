import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PaperState } from "../../../backend/generated/PaperState";
import { secondsToReturn } from "./presence";
import { paperOf } from "./slip";
import { opened } from "./stand";

/** How long each step of a paper takes in the in-memory hall. */
const STEP = 1200;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Kiosk = Awaited<ReturnType<typeof opened>>;

function paper(kiosk: Kiosk): PaperState | null {
  const { page } = kiosk.state;
  return page.name === "ticket" ? (paperOf(page.ticket)?.state ?? null) : null;
}

/** The printer goes one step further, and the hall says so. */
async function prints(kiosk: Kiosk): Promise<void> {
  kiosk.wait(STEP);
  vi.advanceTimersByTime(STEP);
  await kiosk.send({ type: "changed" });
}

async function waits(kiosk: Kiosk, ms: number): Promise<void> {
  kiosk.wait(ms);
  await kiosk.send({ type: "tick" });
}

const rung = (kiosk: Kiosk): number => kiosk.asked.filter((type) => type === "call_help").length;

test("the page follows its slip without drawing it anew", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  expect(paper(kiosk)).toBe("queued");
  await prints(kiosk);
  expect(paper(kiosk)).toBe("sending");
  await prints(kiosk);
  expect(paper(kiosk)).toBe("done");
  expect(kiosk.asked.filter((type) => type === "slip")).toHaveLength(1);
  expect(kiosk.state.page).toMatchObject({ fresh: true, slip: { is: "drawn" } });
});

test("whoever is told to take the slip has fifteen seconds from there", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  await waits(kiosk, 14_000);
  expect(secondsToReturn(kiosk.state)).toBeNull();
  await prints(kiosk);
  await prints(kiosk);
  expect(secondsToReturn(kiosk.state)).toBe(15);
  await waits(kiosk, 14_999);
  expect(kiosk.state.page.name).toBe("ticket");
  await waits(kiosk, 1);
  expect(kiosk.state.page.name).toBe("home");
});

test.each(["out", "mute"])(
  "a slip that is not out holds the page, and not for ever (%s)",
  async (printer) => {
    const kiosk = await opened(`printer=${printer}`);
    await kiosk.claim();
    await prints(kiosk);
    await prints(kiosk);
    await waits(kiosk, 60_000 - 2 * STEP - 1);
    expect(kiosk.state.page.name).toBe("ticket");
    expect(secondsToReturn(kiosk.state)).toBe(1);
    await waits(kiosk, 1);
    expect(kiosk.state.page.name).toBe("home");
  },
);

test("a slip that comes in the last second is still there to be taken", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  await waits(kiosk, 59_000 - 2 * STEP);
  await prints(kiosk);
  await prints(kiosk);
  await waits(kiosk, 14_999);
  expect(kiosk.state.page.name).toBe("ticket");
});

test("a printer that stops rings the desk, once for each ticket", async () => {
  const kiosk = await opened("printer=out");
  await kiosk.claim();
  expect(rung(kiosk)).toBe(0);
  await prints(kiosk);
  expect(paper(kiosk)).toBe("waiting");
  expect(rung(kiosk)).toBe(1);
  await prints(kiosk);
  await kiosk.send({ type: "open_mine" });
  const [ticket] = kiosk.state.session?.tickets ?? [];
  if (ticket === undefined) {
    throw new Error("the ticket is not among the person's own");
  }
  await kiosk.send({ type: "open_ticket", ticket });
  expect(paper(kiosk)).toBe("waiting");
  expect(rung(kiosk)).toBe(1);

  await kiosk.send({ type: "back" });
  await kiosk.send({ type: "back" });
  await kiosk.claim("p4");
  await prints(kiosk);
  expect(rung(kiosk)).toBe(2);
});

test("a printer that is well or silent rings nobody", async () => {
  for (const query of ["", "printer=mute", "printer=none", "printer=low"]) {
    const kiosk = await opened(query);
    await kiosk.claim();
    await prints(kiosk);
    await prints(kiosk);
    expect(rung(kiosk)).toBe(0);
  }
});

test("the answer settles the slip, and the page goes home in its own time", async () => {
  for (const [came, settled] of [
    [true, "done"],
    [false, "failed"],
  ] as const) {
    const kiosk = await opened("printer=mute");
    await kiosk.claim();
    await prints(kiosk);
    await prints(kiosk);
    expect(paper(kiosk)).toBe("unconfirmed");
    await kiosk.send({ type: "touched" });
    await kiosk.send({ type: "slip_came", came });
    expect(paper(kiosk)).toBe(settled);
    expect(kiosk.state.page.name).toBe("ticket");
    expect(secondsToReturn(kiosk.state)).toBe(15);
  }
});

test("nobody is asked twice, or of a slip that is on its way", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  await kiosk.send({ type: "slip_came", came: true });
  expect(kiosk.asked).not.toContain("slip_came");
});

test("an answer that comes too late is told, and the page shows what is so", async () => {
  const kiosk = await opened("printer=mute");
  await kiosk.claim();
  await prints(kiosk);
  await prints(kiosk);
  const { page } = kiosk.state;
  const id = page.name === "ticket" ? page.ticket.slip?.id : undefined;
  kiosk.hall.papers.came(id ?? "", true);
  await kiosk.send({ type: "slip_came", came: false });
  expect(kiosk.state.trouble?.error?.code).toBe("too_late");
  expect(paper(kiosk)).toBe("done");
});

test("a place that comes makes the standby slip worthless: it is not the ticket's any more", async () => {
  const kiosk = await opened("elsewhere=2");
  await kiosk.claim("p5");
  await waits(kiosk, 1_000);
  await prints(kiosk);
  await prints(kiosk);
  expect(paper(kiosk)).toBe("done");
  kiosk.hall.placeComes("t37");
  const effects = kiosk.only({ type: "changed" });
  expect(effects.length).toBeGreaterThan(0);
  await kiosk.send({ type: "changed" });
  expect(kiosk.state.page).toMatchObject({ ticket: { state: "confirmed" } });
  expect(paper(kiosk)).toBe("queued");
});

test("without a printer there is no paper, and the page goes home as ever", async () => {
  const kiosk = await opened("printer=none");
  await kiosk.claim();
  expect(paper(kiosk)).toBeNull();
  expect(secondsToReturn(kiosk.state)).toBe(15);
});
