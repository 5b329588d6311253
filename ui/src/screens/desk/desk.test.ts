import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
