import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CustodyView } from "../../backend/generated/CustodyView";
import type { DevicesView } from "../../backend/generated/DevicesView";
import type { DeskView } from "../../backend/generated/DeskView";
import { HallError, type Backend } from "../../backend/backend";
import Desk from "./Desk.svelte";
import { openView, post, refusal, scripted, type Script } from "./fixtures";

// What the test environment lacks of a browser.
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.getClientRects = () => [] as unknown as DOMRectList;
});
afterEach(cleanup);

const supervising: DeskView = {
  ...openView,
  session: { staff: { id: "1.1.2", name: "王主管", role: "supervisor" }, lock_after_seconds: 300 },
};
const kiosk = {
  device: 7,
  name: "2 号自助机",
  role: "kiosk" as const,
  this: false,
  revoked: false,
  reachable: false,
  heard: "40 分钟前",
  ops: 12,
  certificate_until: "2027-02-01",
};
const devices: DevicesView = {
  hall: 1,
  by_itself: true,
  lines: openView.stored.lines,
  devices: [{ ...kiosk, device: 1, name: "服务台", role: "desk", this: true, reachable: true }, kiosk],
};
const row = {
  device: 7,
  epoch: 2,
  name: "2 号自助机",
  this: false,
  reachable: false,
  heard: "40 分钟前",
  places: "3–5",
  taken: 1,
  free: 2,
  moving: 0,
  complete_until: "04:30",
  safe: 0,
  at_risk: 2,
};
const custody: CustodyView = { post, published_here: true, publisher: "服务台", rows: [row] };

const everyday: Script = {
  view: () => ({ type: "view", data: supervising }),
  devices: () => ({ type: "devices", data: devices }),
  custody: () => ({ type: "custody", data: custody }),
  post: () => ({
    type: "post",
    data: { card: post, employer: {} as never, form: {} as never, tickets: [], offered: 0, offerable: 0 },
  }),
};

function open(script: Script = {}) {
  const backend = scripted({ ...everyday, ...script });
  render(Desk, { props: { backend } });
  return backend;
}

const at = (testid: string) => screen.findByTestId(testid);
const click = async (testid: string) => fireEvent.click(await at(testid));
const type = async (testid: string, value: string) =>
  fireEvent.input(await at(testid), { target: { value } });
const submit = async (testid: string) =>
  fireEvent.submit((await at(testid)).closest("form") as HTMLFormElement);

describe("the page of machines", () => {
  it("opens with F7, adds a machine and shows its code", async () => {
    const backend = open({
      add_device: () => ({
        type: "invitation",
        data: { text: "7K4M-2QRS-9TVW-ABCDE-FGHJK", qr: "iVBOR", addresses: ["192.168.1.10:7443"] },
      }),
    });
    await at("page-dispatch");
    await fireEvent.keyDown(window, { key: "F7" });
    await waitFor(() => expect(screen.getAllByTestId("device-row")).toHaveLength(2));
    await fireEvent.keyDown(window, { key: "n" });
    await type("device-name", " 3 号自助机 ");
    await submit("device-name");
    const shown = await at("invitation");
    expect(shown.textContent).toContain("7K4M-2QRS-9TVW-ABCDE-FGHJK");
    expect(shown.textContent).toContain("192.168.1.10:7443");
    expect(shown.textContent).toContain("24 小时内有效，只能用一次，程序重启后失效");
    expect(backend.asked).toContainEqual({ type: "add_device", name: "3 号自助机", role: "kiosk" });
    // There once was a page that asked again because it had asked.
    expect(backend.asked.filter((command) => command.type === "devices")).toHaveLength(1);
  });

  it("takes no machine away without a reason", async () => {
    const backend = open({ revoke_device: () => ({ type: "devices", data: devices }) });
    await at("page-dispatch");
    await fireEvent.keyDown(window, { key: "F7" });
    await click("device-revoke-7");
    await submit("device-revoke-reason");
    expect(backend.asked.some((command) => command.type === "revoke_device")).toBe(false);
    await type("device-revoke-reason", "被偷");
    await submit("device-revoke-reason");
    await waitFor(() => expect(screen.queryByTestId("device-revoke-dialog")).toBeNull());
    expect(backend.asked).toContainEqual({ type: "revoke_device", device: 7, reason: "被偷" });
  });

  it("lets a clerk look and not touch", async () => {
    open({ view: () => ({ type: "view", data: openView }) });
    await at("page-dispatch");
    await fireEvent.keyDown(window, { key: "F7" });
    expect(await at("device-revoke-7")).toHaveProperty("disabled", true);
    expect(await at("device-add")).toHaveProperty("disabled", true);
  });
});

describe("a stick", () => {
  const page = async (sticks: Partial<Backend>, view = supervising, script: Script = everyday) => {
    const backend = Object.assign(
      scripted({ ...script, view: () => ({ type: "view", data: view }) }),
      sticks,
    );
    render(Desk, { props: { backend } });
    await at("page-dispatch");
    await fireEvent.keyDown(window, { key: "F7" });
  };
  const choose = async (name: string) => {
    const files = [new File(["LGB"], name)];
    await fireEvent.change(await at("stick-file"), { target: { files } });
  };

  it("is written by a supervisor, and it says what is in it and where it lies", async () => {
    const writeStick = vi.fn<NonNullable<Backend["writeStick"]>>();
    writeStick.mockResolvedValue({ place: "下载/a.lgb", ops: 30, problems: ["有 1 组记录没有写进去"] });
    await page({ writeStick });
    await click("stick-write");
    await submit("stick-reader");
    expect((await at("stick-written")).textContent).toContain("共 30 条");
    expect((await at("stick-place")).textContent).toBe("下载/a.lgb");
    expect((await at("stick-problems")).textContent).toContain("没有写进去");
    expect(writeStick).toHaveBeenCalledExactlyOnceWith(
      "零工大厅-给本厅另一台服务台-2026-11-20-0510.lgb",
      "desk",
    );
  });

  it("is for the county only where there is one", async () => {
    const writeStick = vi.fn<NonNullable<Backend["writeStick"]>>();
    const readers = async () =>
      Array.from((await at("stick-reader")).querySelectorAll("option"), (o) => o.value);
    await page({ writeStick });
    await click("stick-write");
    expect(await readers()).toEqual(["desk"]);
    cleanup();
    const joined = { ...devices, by_itself: false };
    await page({ writeStick }, supervising, {
      ...everyday,
      devices: () => ({ type: "devices", data: joined }),
    });
    await click("stick-write");
    expect(await readers()).toEqual(["desk", "county"]);
  });

  it("is read, a second time without anything new, and a bad one is explained in place", async () => {
    const readStick = vi.fn<NonNullable<Backend["readStick"]>>();
    readStick.mockResolvedValueOnce({ from: "1 号窗口", new: 12, known: 3, problems: [] });
    readStick.mockResolvedValueOnce({ from: "1 号窗口", new: 0, known: 15, problems: [] });
    readStick.mockRejectedValueOnce(refusal("bad_input", "这不是零工大厅导出的文件"));
    await page({ readStick }, openView);
    expect(await at("stick-write")).toHaveProperty("disabled", true);
    await click("stick-read");
    await choose("a.lgb");
    expect((await at("stick-done")).textContent).toContain("收下 12 条新记录");
    await choose("a.lgb");
    await waitFor(() => expect(screen.getByTestId("stick-done").textContent).toContain("什么也没有变"));
    await choose("b.png");
    expect((await at("stick-read-problem")).textContent).toContain("不是零工大厅");
    expect(screen.queryByTestId("stick-done")).toBeNull();
    expect(new TextDecoder().decode(readStick.mock.calls[0]?.[0])).toBe("LGB");
  });

  it("is nothing for a browser, and it says so", async () => {
    await page({});
    expect(await at("stick-read")).toHaveProperty("disabled", true);
    expect((await at("stick-only-program")).textContent).toContain("只有装在机器上的程序");
  });
});

describe("places of a silent machine", () => {
  async function ask(script: Script = {}) {
    const backend = open(script);
    await fireEvent.keyDown(await at("list-posts"), { key: "e" });
    await click("reclaim-7");
    await at("reclaim-dialog");
    return backend;
  }
  const sent = (backend: ReturnType<typeof open>) =>
    backend.asked.filter((command) => command.type === "reclaim");

  it("are never taken at a risk by the key that opened the question", async () => {
    const backend = await ask();
    expect(document.activeElement).toBe(await at("reclaim-cancel"));
    expect(await at("reclaim-yes")).toHaveProperty("disabled", true);
    expect((await at("ground-risk")) as HTMLInputElement).toHaveProperty("checked", false);
    await submit("reclaim-yes");
    expect(sent(backend)).toEqual([]);
  });

  it("cost a supervisor's PIN and reason, and the count of the risk is said", async () => {
    const backend = await ask({ reclaim: () => ({ type: "custody", data: { ...custody, rows: [] } }) });
    expect((await at("reclaim-dialog")).textContent).toContain("最多 2 个名额可能已经答应了别人");
    await click("ground-risk");
    await submit("reclaim-yes");
    expect(sent(backend)).toEqual([]);
    await type("override-pin", "730164");
    await type("override-reason", "泡水了");
    await submit("reclaim-yes");
    await waitFor(() => expect(screen.queryByTestId("reclaim-dialog")).toBeNull());
    expect(sent(backend)).toEqual([
      {
        type: "reclaim",
        post: post.id,
        device: 7,
        epoch: 2,
        read_out: false,
        at_risk: 2,
        overriding: { supervisor: "1.1.2", pin: "730164", reason: "泡水了" },
      },
    ]);
  });

  it("show the hall's refusal as it is, and forget the PIN", async () => {
    await ask({ reclaim: () => refusal("wrong_pin", "密码不对") });
    await click("ground-read_out");
    await type("override-pin", "111111");
    await type("override-reason", "读完了");
    await submit("reclaim-yes");
    expect((await at("reclaim-problem")).textContent).toContain("密码不对");
    expect((await at("override-pin")) as HTMLInputElement).toHaveProperty("value", "");
  });
});

describe("a machine that must start anew", () => {
  it("says so above everything", async () => {
    const lines = { ...openView.stored.lines, fenced: true };
    open({ view: () => ({ type: "view", data: { ...openView, stored: { ...openView.stored, lines } } }) });
    expect((await at("fenced")).textContent).toContain("重新打开程序");
  });
});

describe("the first start", () => {
  const empty: Script = {
    view: () => ({ type: "view", data: { ...openView, set_up: false, session: null } }),
  };

  it("joins with an invitation, and says that the program starts anew", async () => {
    const joined: string[] = [];
    const backend = Object.assign(scripted(empty), {
      join: (invitation: string) => {
        joined.push(invitation);
        return Promise.resolve();
      },
    });
    render(Desk, { props: { backend } });
    await click("setup-way-join");
    await submit("join-invitation");
    expect(joined).toEqual([]);
    await type("join-invitation", " LGE17K4M2QRS9TVW@192.168.1.10:7443 ");
    await submit("join-invitation");
    expect((await at("join-done")).textContent).toContain("重新打开");
    expect(joined).toEqual(["LGE17K4M2QRS9TVW@192.168.1.10:7443"]);
  });

  it("shows why it was not let in, and can be tried again", async () => {
    const error = new HallError({
      code: "code_mistyped",
      message: "邀请码不对",
      retryable: false,
      findings: [],
    });
    const backend = Object.assign(scripted(empty), { join: () => Promise.reject(error) });
    render(Desk, { props: { backend } });
    await click("setup-way-join");
    await type("join-invitation", "XXXX");
    await submit("join-invitation");
    expect((await at("join-problem")).textContent).toContain("邀请码不对");
    expect(await at("join-submit")).toHaveProperty("disabled", false);
  });

  it("says plainly that a browser cannot join", async () => {
    open(empty);
    await click("setup-way-join");
    expect((await at("join-only-program")).textContent).toContain("只有装在机器上的程序能加入");
    expect(await at("join-submit")).toHaveProperty("disabled", true);
  });
});
