import { expect, test } from "vitest";
import type { AppError } from "../../../backend/generated/AppError";
import type { Code } from "../../../backend/generated/Code";
import { secondsToClearDown, secondsToReturn } from "./presence";
import { ID, opened } from "./stand";
import { ASKING, SETTLE, type Effect, type Event } from "./state";

const failure = (code: Code, retryable = false): AppError => ({
  code,
  message: "原话",
  retryable,
  findings: [],
});

test("it forgets whoever stood here before it starts, then shows the board", async () => {
  const kiosk = await opened();
  expect(kiosk.asked[0]).toBe("sign_out");
  expect(kiosk.state.page.name).toBe("home");
  expect(kiosk.state.board?.posts.length).toBeGreaterThan(0);
});

test("a claim without a session asks who it is, then for one more tap", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  expect(kiosk.state.page).toMatchObject({ name: "identity", goal: { to: "claim" } });
  await kiosk.signIn();
  expect(kiosk.state.page.name).toBe("confirm");
  expect(kiosk.asked).not.toContain("claim");
  kiosk.wait(SETTLE);
  await kiosk.send({ type: "confirm" });
  expect(kiosk.state.page).toMatchObject({
    name: "ticket",
    fresh: true,
    ticket: { state: "confirmed" },
    slip: { is: "drawn" },
  });
});

test("a claim with a session goes straight to the last tap", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "scanned", text: "LG1TESTCARD" });
  expect(kiosk.state.page.name).toBe("mine");
  await kiosk.send({ type: "back" });
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  expect(kiosk.state.page.name).toBe("confirm");
});

test("the bounce of the tap before does not take the place", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "scanned", text: "LG1TESTCARD" });
  await kiosk.send({ type: "back" });
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  kiosk.wait(SETTLE - 1);
  await kiosk.send({ type: "confirm" });
  expect(kiosk.asked).not.toContain("claim");
});

test("two taps while the answer is on its way are one claim", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  await kiosk.signIn();
  kiosk.wait(SETTLE);
  expect(kiosk.only({ type: "confirm" })).toHaveLength(1);
  expect(kiosk.only({ type: "confirm" })).toHaveLength(0);
});

test("a full post gives a standby ticket with a position", async () => {
  const kiosk = await opened();
  await kiosk.claim("p5");
  expect(kiosk.state.page).toMatchObject({
    name: "ticket",
    ticket: { state: "provisional", place: null, standby: { position: 1 } },
  });
});

test("a scan on the post page says who it is and leads to the last tap", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "scanned", text: "LG1TESTCARD" });
  expect(kiosk.state.page.name).toBe("confirm");
});

test("what is no card of the hall is not sent anywhere", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "foreign" });
  expect(kiosk.asked).not.toContain("sign_in");
  expect(kiosk.state.trouble?.note).toBe("not_a_card");
});

test("an X fits only at the end of a number, and a nineteenth digit nowhere", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "identify" });
  await kiosk.send({ type: "type", key: "X" });
  expect(kiosk.state.page).toMatchObject({ entry: "" });
  for (const key of `${ID.slice(0, 17)}X5`) {
    await kiosk.send({ type: "type", key });
  }
  expect(kiosk.state.page).toMatchObject({ entry: `${ID.slice(0, 17)}X` });
  await kiosk.send({ type: "erase" });
  expect(kiosk.state.page).toMatchObject({ entry: ID.slice(0, 17) });
  await kiosk.send({ type: "empty" });
  expect(kiosk.state.page).toMatchObject({ entry: "" });
});

test("45 idle seconds warn, a touch goes on, 15 more clear down", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  await kiosk.send({ type: "open_mine" });
  kiosk.wait(45_000);
  await kiosk.send({ type: "tick" });
  expect(secondsToClearDown(kiosk.state)).toBe(15);
  await kiosk.send({ type: "touched" });
  expect(secondsToClearDown(kiosk.state)).toBeNull();
  expect(kiosk.state.page.name).toBe("mine");
  kiosk.wait(45_000);
  await kiosk.send({ type: "tick" });
  kiosk.wait(14_999);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page.name).toBe("mine");
  kiosk.wait(1);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page.name).toBe("home");
});

test("the clear-down leaves nothing of the person, in the state or in the hall's session", async () => {
  const kiosk = await opened();
  await kiosk.claim();
  await kiosk.send({ type: "filter", filter: { ...kiosk.state.filter, trade: "小工" } });
  await kiosk.send({ type: "finish" });
  const left = JSON.stringify(kiosk.state);
  for (const trace of [ID, "王", "7K4M", "A037"]) {
    expect(left).not.toContain(trace);
  }
  expect(kiosk.state).toMatchObject({
    session: null,
    busy: null,
    trouble: null,
    presence: { is: "nobody" },
    filter: { trade: null },
    signOutOwed: false,
  });
  expect(kiosk.state.view?.session).toBeNull();
});

test("an answer to the person before comes to nobody", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "identify" });
  const { generation } = kiosk.state;
  const effect: Effect = {
    type: "ask",
    command: { type: "sign_in", credential: { by: "id_number", text: ID } },
  };
  await kiosk.send({ type: "finish" });
  const session = { masked_name: "王*明", visit: 1, signed_in_at: "05:00", trades: [], tickets: [] };
  await kiosk.send({ type: "replied", generation, effect, reply: { type: "session", data: session } });
  expect(kiosk.state.session).toBeNull();
  expect(kiosk.state.page.name).toBe("home");
});

test("nobody stays longer than ten minutes, however busy", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "identify" });
  for (let at = 0; at < 20; at += 1) {
    kiosk.wait(30_000);
    await kiosk.send({ type: "tick" });
    if (kiosk.state.page.name === "identity") {
      await kiosk.send({ type: "touched" });
    }
  }
  expect(kiosk.state.page.name).toBe("home");
  expect(kiosk.state.generation).toBe(1);
});

test("an untouched board never warns", async () => {
  const kiosk = await opened();
  kiosk.wait(3_600_000);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.generation).toBe(0);
  expect(secondsToClearDown(kiosk.state)).toBeNull();
});

test("the result goes home by itself after 15 seconds, and a touch stops that", async () => {
  const kiosk = await opened("printer=none");
  await kiosk.claim();
  expect(secondsToReturn(kiosk.state)).toBe(15);
  kiosk.wait(15_000);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page.name).toBe("home");
  expect(kiosk.state.session).toBeNull();

  await kiosk.claim("p4");
  await kiosk.send({ type: "touched" });
  expect(secondsToReturn(kiosk.state)).toBeNull();
  kiosk.wait(16_000);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page.name).toBe("ticket");
});

test("giving back takes a question and one more tap", async () => {
  const kiosk = await opened();
  const before = kiosk.hall.post("p1").card.left;
  await kiosk.claim();
  expect(kiosk.hall.post("p1").card.left).toBe(before - 1);
  const ticket = kiosk.state.session?.tickets[0];
  expect(ticket).toBeDefined();
  if (ticket === undefined) {
    return;
  }
  await kiosk.send({ type: "want_release", ticket });
  expect(kiosk.hall.post("p1").card.left).toBe(before - 1);
  kiosk.wait(SETTLE);
  await kiosk.send({ type: "confirm_release" });
  expect(kiosk.state.page.name).toBe("mine");
  expect(kiosk.state.session?.tickets[0]?.state).toBe("released");
  expect(kiosk.hall.post("p1").card.left).toBe(before);
});

test("a refusal is shown in its own words, and the post again behind it", async () => {
  const kiosk = await opened();
  await kiosk.claim("p1");
  await kiosk.send({ type: "open_mine" });
  await kiosk.send({ type: "back" });
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  kiosk.wait(SETTLE);
  await kiosk.send({ type: "confirm" });
  expect(kiosk.state.trouble?.error?.code).toBe("overlap");
  expect(kiosk.state.trouble?.retry).toBeNull();
  expect(kiosk.state.page.name).toBe("post");
  await kiosk.send({ type: "dismiss" });
  expect(kiosk.state.trouble).toBeNull();
});

test("a claim after the session ended asks again who it is", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  await kiosk.signIn();
  kiosk.wait(SETTLE);
  const [effect] = kiosk.only({ type: "confirm" });
  expect(effect).toBeDefined();
  if (effect === undefined) {
    return;
  }
  const { generation } = kiosk.state;
  await kiosk.send({ type: "failed", generation, effect, error: failure("not_signed_in") });
  expect(kiosk.state.page).toMatchObject({ name: "identity", goal: { to: "claim" } });
  expect(kiosk.state.session).toBeNull();
});

test("a fault that may pass can be tried again", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  await kiosk.signIn();
  kiosk.wait(SETTLE);
  const [effect] = kiosk.only({ type: "confirm" });
  if (effect === undefined) {
    throw new Error("the confirmation asks nothing");
  }
  const { generation } = kiosk.state;
  await kiosk.send({ type: "failed", generation, effect, error: failure("storage", true) });
  expect(kiosk.state.trouble?.retry).toEqual(effect);
  await kiosk.send({ type: "retry" });
  expect(kiosk.state.page).toMatchObject({ name: "ticket", ticket: { state: "confirmed" } });
});

test("a hall that cannot be reached shows the window, then comes back by itself", async () => {
  const kiosk = await opened("down=1");
  expect(kiosk.state.page.name).toBe("down");
  kiosk.hall.scenario.down = false;
  await kiosk.send({ type: "poll" });
  expect(kiosk.state.page.name).toBe("home");
  expect(kiosk.state.stale).toBe(false);
});

test("a board already shown stays when the hall is lost, and says that it is old", async () => {
  const kiosk = await opened();
  kiosk.hall.scenario.down = true;
  await kiosk.send({ type: "poll" });
  expect(kiosk.state.page.name).toBe("home");
  expect(kiosk.state.stale).toBe(true);
});

test("a sign-out that failed is owed until it is done", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "identify" });
  kiosk.hall.scenario.down = true;
  await kiosk.send({ type: "finish" });
  expect(kiosk.state.signOutOwed).toBe(true);
  kiosk.hall.scenario.down = false;
  await kiosk.send({ type: "poll" });
  expect(kiosk.state.signOutOwed).toBe(false);
});

test("a session that nobody here began is ended", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "identify" });
  await kiosk.signIn();
  const [effect] = kiosk.only({ type: "poll" });
  const view = kiosk.state.view;
  const session = kiosk.state.session;
  if (effect === undefined || view === null || session === null) {
    throw new Error("nobody signed in");
  }
  await kiosk.send({ type: "finish" });
  const { generation } = kiosk.state;
  const late = { type: "view" as const, data: { ...view, session } };
  const asked = kiosk.asked.length;
  await kiosk.send({ type: "replied", generation, effect, reply: late });
  expect(kiosk.asked.slice(asked)).toContain("sign_out");
  expect(JSON.stringify(kiosk.state)).not.toContain(session.masked_name);
});

test("a hall that is not set up waits for its staff", async () => {
  const kiosk = await opened("setup=0");
  expect(kiosk.state.page.name).toBe("not_set_up");
  await kiosk.send({ type: "scanned", text: "LG1TESTCARD" });
  expect(kiosk.asked).not.toContain("sign_in");
  kiosk.hall.scenario.setUp = true;
  await kiosk.send({ type: "changed" });
  expect(kiosk.state.page.name).toBe("home");
});

test("the held corner asks for the PIN; a wrong one is forgotten at once", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "corner_held" });
  expect(kiosk.state.page).toEqual({ name: "staff", pin: "" });
  for (const key of "111111") {
    await kiosk.send({ type: "type", key });
  }
  await kiosk.send({ type: "submit" });
  expect(kiosk.state.trouble?.error?.code).toBe("wrong_pin");
  expect(JSON.stringify(kiosk.state)).not.toContain("111111");
  await kiosk.send({ type: "dismiss" });
  for (const key of "246810") {
    await kiosk.send({ type: "type", key });
  }
  await kiosk.send({ type: "submit" });
  expect(kiosk.state.page.name).toBe("home");
});

test("help is called from any page and said for a while", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "call_help" });
  expect(kiosk.state.helpUntil).not.toBeNull();
  expect(kiosk.asked).toContain("call_help");
});

test("a post that a change filled shows it while it is being read", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  kiosk.hall.post("p1").card.left = 0;
  await kiosk.send({ type: "changed" });
  expect(kiosk.state.page).toMatchObject({ name: "post", detail: { card: { left: 0 } } });
});

/** The first post without a place here; two lie on other machines. */
const FULL_HERE = "p5";

test("with none here it asks the others, and a place that comes in time is simply confirmed", async () => {
  const kiosk = await opened("elsewhere=2");
  await kiosk.claim(FULL_HERE);
  expect(kiosk.state.page).toMatchObject({ name: "asking", ticket: { standby: { reason: "none_here" } } });
  kiosk.hall.placeComes("t37");
  await kiosk.send({ type: "changed" });
  expect(kiosk.state.page).toMatchObject({ name: "ticket", fresh: true, ticket: { state: "confirmed" } });
  expect(kiosk.asked.filter((type) => type === "slip")).toHaveLength(1);
});

test("asking ends by itself at a standby ticket, and no slip is drawn before", async () => {
  const kiosk = await opened("elsewhere=2&printer=none");
  await kiosk.claim(FULL_HERE);
  kiosk.wait(ASKING - 1);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page.name).toBe("asking");
  expect(kiosk.asked).not.toContain("slip");
  kiosk.wait(1);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page).toMatchObject({
    name: "ticket",
    fresh: true,
    ticket: { state: "provisional", standby: { position: 1, elsewhere: 2 } },
  });
  expect(secondsToReturn(kiosk.state)).toBe(15);
});

test("a word that was lost is made good when the asking ends", async () => {
  const kiosk = await opened("elsewhere=2");
  await kiosk.claim(FULL_HERE);
  kiosk.hall.placeComes("t37");
  kiosk.wait(ASKING);
  await kiosk.send({ type: "tick" });
  expect(kiosk.state.page).toMatchObject({ name: "ticket", ticket: { state: "confirmed" } });
});

test("a place that comes while the standby page is up turns it into a confirmed one", async () => {
  const kiosk = await opened("elsewhere=2");
  await kiosk.claim(FULL_HERE);
  kiosk.wait(ASKING);
  await kiosk.send({ type: "tick" });
  await kiosk.send({ type: "touched" });
  kiosk.hall.placeComes("t37");
  await kiosk.send({ type: "changed" });
  expect(kiosk.state.page).toMatchObject({
    name: "ticket",
    fresh: true,
    slip: { is: "drawn" },
    ticket: { state: "confirmed", promoted: true },
  });
});

test("nobody takes over the screen while the others are asked", async () => {
  const kiosk = await opened("elsewhere=2");
  await kiosk.claim(FULL_HERE);
  expect(kiosk.only({ type: "scanned", text: "LGC1SOMEBODY" })).toEqual([]);
  await kiosk.send({ type: "back" });
  expect(kiosk.state.page.name).toBe("asking");
});

test("a post that is full for certain, or an untrusted clock, asks nobody", async () => {
  for (const query of ["", "elsewhere=2&clock=bad"]) {
    const kiosk = await opened(query);
    await kiosk.claim(FULL_HERE);
    expect(kiosk.state.page).toMatchObject({ name: "ticket", ticket: { state: "provisional" } });
  }
});

test("a full post leads to others of its trade", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: FULL_HERE });
  await kiosk.send({ type: "similar", trade: "装卸" });
  expect(kiosk.state).toMatchObject({ page: { name: "home" }, filter: { trade: "装卸" } });
  expect(kiosk.state.board?.posts.every((card) => card.trade === "装卸")).toBe(true);
});

const laid = (number: string): Event => ({
  type: "reader",
  event: {
    type: "card",
    data: { number, name: "", sex: "", nation: "", born: "", address: "", valid_until: "" },
  },
});

const reader = (state: "ready" | "occupied" | "trouble"): Event => ({
  type: "reader",
  event: { type: "status", data: { seat: "kiosk", device: "card_reader", state, message: "" } },
});

test("a card on the reader signs in from the start page, and for the place that is wanted", async () => {
  const kiosk = await opened();
  await kiosk.send(laid(ID));
  expect(kiosk.state.page.name).toBe("mine");
  expect(kiosk.state.session).not.toBeNull();
  await kiosk.send({ type: "finish" });
  await kiosk.send({ type: "open_post", post: "p1" });
  await kiosk.send({ type: "want" });
  await kiosk.send(laid(ID));
  expect(kiosk.state.page.name).toBe("confirm");
});

test("a card that is laid down anywhere else signs nobody in", async () => {
  const kiosk = await opened();
  await kiosk.send({ type: "open_post", post: "p1" });
  expect(kiosk.only(laid(ID))).toEqual([]);
  await kiosk.send({ type: "corner_held" });
  expect(kiosk.only(laid(ID))).toEqual([]);
  expect(kiosk.state.session).toBeNull();
});

test("whoever is not registered is sent to the window", async () => {
  const kiosk = await opened();
  await kiosk.send(laid(`${ID.slice(0, 14)}0000`));
  expect(kiosk.state.trouble?.error?.message).toContain("窗口");
  expect(kiosk.state.session).toBeNull();
});

test("how the reader is outlives the person, and a card that stays signs nobody in", async () => {
  const kiosk = await opened();
  expect(kiosk.state.cardReader).toBeNull();
  await kiosk.send(reader("ready"));
  await kiosk.send(laid(ID));
  await kiosk.send(reader("occupied"));
  await kiosk.send({ type: "finish" });
  expect(kiosk.state).toMatchObject({ cardReader: "occupied", session: null, page: { name: "home" } });
  await kiosk.send(reader("trouble"));
  expect(kiosk.state.cardReader).toBeNull();
});

test("half a scan is told in the reader's own words and asks nothing", async () => {
  const kiosk = await opened();
  expect(kiosk.only({ type: "reader", event: { type: "misread", data: "没扫全，请再扫一次" } })).toEqual([]);
  expect(kiosk.state.trouble?.error?.message).toBe("没扫全，请再扫一次");
});
