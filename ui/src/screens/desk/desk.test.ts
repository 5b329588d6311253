import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdCard } from "../../backend/generated/IdCard";
import type { ReaderEvent } from "../../backend/generated/ReaderEvent";
import type { DeskView } from "../../backend/generated/DeskView";
import Desk from "./Desk.svelte";
import { lockedView, openView, refusal, scripted, ticket, worker, type Script } from "./fixtures";

// What the test environment lacks of a browser.
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.getClientRects = () => [] as unknown as DOMRectList;
});
afterEach(cleanup);

function open(script: Script = {}) {
  const backend = scripted(script);
  render(Desk, { props: { backend } });
  return backend;
}

const key = (target: Element | Window, name: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(target, { key: name, ...more });

const at = (testid: string) => screen.findByTestId(testid);

async function type(testid: string, value: string): Promise<void> {
  await fireEvent.input(await at(testid), { target: { value } });
}

describe("the door", () => {
  it("logs in the person whom the arrows chose, and shows nothing about anybody before", async () => {
    let view: DeskView = lockedView;
    const backend = open({
      view: () => ({ type: "view", data: view }),
      log_in: () => {
        view = openView;
        return { type: "view", data: view };
      },
    });
    const pin = await at("login-pin");
    expect(screen.queryByText(/周|王\*\*/)).toBeNull();
    await key(pin, "ArrowDown");
    await type("login-pin", "730164");
    await fireEvent.submit(pin.closest("form") as HTMLFormElement);
    await at("page-dispatch");
    expect(backend.asked).toContainEqual({ type: "log_in", staff: "1.1.3", pin: "730164" });
  });

  it("says what was wrong with the PIN, and keeps it nowhere", async () => {
    open({
      view: () => ({ type: "view", data: lockedView }),
      log_in: () => refusal("wrong_pin", "密码不对"),
    });
    await type("login-pin", "111111");
    await fireEvent.submit((await at("login-pin")).closest("form") as HTMLFormElement);
    expect((await at("login-problem")).textContent).toContain("密码不对");
    expect((await at("login-pin")) as HTMLInputElement).toHaveProperty("value", "");
  });

  it("locks with Ctrl+L", async () => {
    const backend = open();
    await at("page-dispatch");
    await key(window, "l", { ctrlKey: true });
    await waitFor(() => expect(backend.asked).toContainEqual({ type: "lock" }));
  });
});

describe("dispatch by keyboard", () => {
  it("goes from the post to the first fitting worker, shows both, and sends them once", async () => {
    const backend = open({ dispatch: () => ({ type: "ticket", data: ticket }) });
    const posts = await at("list-posts");
    await waitFor(() => expect(backend.asked).toContainEqual({ type: "waiting", post: "1.1.10" }));
    await waitFor(() => expect(screen.getAllByTestId("row-waiting")).toHaveLength(2));
    await key(posts, "Enter");
    await key(await at("list-waiting"), "Enter");
    const dialog = await at("dispatch-confirm");
    expect(dialog.textContent).toContain("小区换管");
    expect(dialog.textContent).toContain("周*");
    const yes = await at("dispatch-yes");
    await fireEvent.click(yes);
    await fireEvent.click(yes);
    await waitFor(() => expect(screen.queryByTestId("dispatch-confirm")).toBeNull());
    expect(backend.asked.filter((command) => command.type === "dispatch")).toEqual([
      { type: "dispatch", post: "1.1.10", worker: "1.1.21" },
    ]);
  });

  it("keeps the question open, with the reason, when the hall refuses", async () => {
    open({ dispatch: () => refusal("overlap", "这个时间已有活") });
    await waitFor(() => expect(screen.getAllByTestId("row-waiting")).toHaveLength(2));
    await key(await at("list-posts"), "Enter");
    await key(await at("list-waiting"), "Enter");
    await fireEvent.click(await at("dispatch-yes"));
    expect((await at("dispatch-problem")).textContent).toContain("这个时间已有活");
  });
});

const CARD: IdCard = {
  name: "周一",
  number: "379901198003031114",
  sex: "男",
  nation: "汉",
  born: "1980-03-03",
  address: "锦绣园 3 号",
  valid_until: "2020-01-01",
};

describe("a scanner and a card reader", () => {
  /** A desk on the dispatch page, and the way to its readers. */
  async function withReaders(script: Script = {}) {
    let hear: (event: ReaderEvent) => void = () => undefined;
    const backend = {
      ...scripted(script),
      onReaders: (heard: (event: ReaderEvent) => void) => {
        hear = heard;
        return () => undefined;
      },
    };
    render(Desk, { props: { backend } });
    await at("page-dispatch");
    return { backend, hear: (event: ReaderEvent) => hear(event) };
  }

  const value = async (testid: string) => ((await at(testid)) as HTMLInputElement).value;

  it("fills name, number and address, shows what else the card says, and saves nothing", async () => {
    const { backend, hear } = await withReaders();
    await key(window, "F2");
    await at("page-register");
    hear({ type: "card", data: CARD });
    await waitFor(async () => expect(await value("worker-name")).toBe("周一"));
    expect(await value("worker-id-number")).toBe(CARD.number);
    expect(await value("worker-address")).toBe("锦绣园 3 号");
    expect((await at("card-says")).textContent).toContain("1980-03-03 出生");
    expect((await at("card-expired")).textContent).toContain("2020-01-01");
    expect(backend.asked.map(({ type }) => type)).not.toContain("register_worker");
  });

  it("mixes no two people in one form", async () => {
    const { hear } = await withReaders();
    await key(window, "F2");
    await type("worker-name", "王二");
    await type("worker-id-number", "379901199001011219");
    hear({ type: "card", data: CARD });
    await screen.findByText(/另一个人的身份证号/);
    expect(await value("worker-name")).toBe("王二");
  });

  it("finds the holder from the start page", async () => {
    const { backend, hear } = await withReaders({
      find: () => ({ type: "found", data: { workers: [worker], posts: [], tickets: [], employers: [] } }),
    });
    hear({ type: "card", data: CARD });
    await at("page-worker");
    expect(backend.asked).toContainEqual({ type: "find", text: CARD.number });
  });

  it("opens the form for a holder who has not been here", async () => {
    const { hear } = await withReaders();
    hear({ type: "card", data: CARD });
    await at("page-register");
    await waitFor(async () => expect(await value("worker-name")).toBe("周一"));
  });

  it("leaves other pages alone and says where a card counts", async () => {
    const { backend, hear } = await withReaders();
    await key(window, "F4");
    await at("page-ledger");
    hear({ type: "card", data: CARD });
    await screen.findByText(/这一页用不上身份证/);
    expect(backend.asked).not.toContainEqual({ type: "find", text: CARD.number });
  });

  it("tells how the devices are, with the remedy on the mark, and nothing where there are none", async () => {
    const { hear } = await withReaders();
    expect(screen.queryByTestId("reader-kiosk-card_reader")).toBeNull();
    const status = { seat: "kiosk", device: "card_reader", message: "" } as const;
    hear({ type: "status", data: { ...status, state: "ready" } });
    expect((await at("reader-kiosk-card_reader")).textContent).toContain("自助机读卡器正常");
    hear({ type: "status", data: { ...status, state: "trouble", message: "连不上读卡器的程序" } });
    await waitFor(() => expect(screen.getByTestId("reader-kiosk-card_reader").dataset["tone"]).toBe("wait"));
    await fireEvent.click(screen.getByTestId("reader-kiosk-card_reader"));
    await screen.findByText("连不上读卡器的程序");
  });

  it("opens what the serial scanner read, and says when it was no whole code", async () => {
    const { backend, hear } = await withReaders();
    hear({ type: "misread", data: "没扫全，请再扫一次" });
    await screen.findByText("没扫全，请再扫一次");
    hear({ type: "scanned", data: "LG1ABCDEFGH0123456789" });
    await at("page-ticket");
    expect(screen.queryByText("没扫全，请再扫一次")).toBeNull();
    expect(backend.asked).toContainEqual({ type: "find_ticket", text: "LG1ABCDEFGH0123456789" });
  });
});

describe("walk-ins", () => {
  it("sends the form, and shows the place in the order of call", async () => {
    const backend = open({ register_worker: () => ({ type: "worker", data: worker }) });
    await at("page-dispatch");
    await key(window, "F2");
    await type("worker-name", " 周一 ");
    await type("worker-id-number", "379901198003031114");
    await type("worker-phone", "13800000000");
    await type("worker-trades", "管");
    await key(await at("worker-trades"), "Enter");
    await fireEvent.submit((await at("worker-name")).closest("form") as HTMLFormElement);
    expect((await at("call-number")).textContent.trim()).toBe("3");
    const sent = backend.asked.find((command) => command.type === "register_worker");
    expect(sent).toMatchObject({ form: { name: "周一", trades: ["管道工"] }, sign_in: true });
  });

  it("offers to sign in somebody who has been here, as soon as the number is whole", async () => {
    open({
      find: () => ({
        type: "found",
        data: { workers: [{ ...worker, visit: null }], posts: [], tickets: [], employers: [] },
      }),
    });
    await at("page-dispatch");
    await key(window, "F2");
    await type("worker-id-number", "379901198003031114");
    expect((await at("worker-known")).textContent).toContain("周一");
    expect((await at("worker-submit")) as HTMLButtonElement).toHaveProperty("disabled", true);
  });

  it("asks before half a form is left", async () => {
    open();
    await at("page-dispatch");
    await key(window, "F2");
    await type("worker-name", "周一");
    await key(window, "F1");
    await at("leave-dialog");
    await fireEvent.click(await at("leave-go"));
    await at("page-dispatch");
  });
});
