import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PaperView } from "../../backend/generated/PaperView";
import type { PrinterRow } from "../../backend/generated/PrinterRow";
import type { PrintersView } from "../../backend/generated/PrintersView";
import type { SlipView } from "../../backend/generated/SlipView";
import Desk from "./Desk.svelte";
import { checked, openView, paper, printer, refusal, scripted, ticket, type Script } from "./fixtures";

// What the test environment lacks of a browser.
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.getClientRects = () => [] as unknown as DOMRectList;
});
afterEach(cleanup);

const at = (testid: string) => screen.findByTestId(testid);
const click = async (testid: string) => fireEvent.click(await at(testid));
const type = async (testid: string, value: string) =>
  fireEvent.input(await at(testid), { target: { value } });
const submit = async (testid: string) =>
  fireEvent.submit((await at(testid)).closest("form") as HTMLFormElement);

const kiosk: PrinterRow = {
  ...printer,
  device: 7,
  name: "1 号自助机",
  here: false,
  address: "usb:/dev/usb/lp0",
};
const pages: PrinterRow = { ...printer, used_for: "pages", address: "ipp://localhost:631/printers/A4" };
const waiting: PaperView = {
  ...paper,
  id: "7.1.5",
  state: "waiting",
  why: "paper_out",
  device: "1 号自助机",
  here: false,
};
const unconfirmed: PaperView = {
  ...paper,
  id: "1.1.41",
  number: "A038",
  ticket: "1.1.31",
  state: "unconfirmed",
  why: "mute",
};
const failed: PaperView = {
  ...paper,
  id: "1.1.42",
  number: "A039",
  ticket: "1.1.32",
  state: "failed",
  why: "too_late",
};
const done: PaperView = { ...paper, id: "1.1.43", number: "A040", ticket: "1.1.33", state: "done" };

/** A desk whose acts of printing answer with what `view` says by then. */
function open(view: () => PrintersView, more: Script = {}) {
  const printers = () => ({ type: "printers" as const, data: view() });
  const acts = [
    "printers",
    "assign_printer",
    "test_page",
    "cancel_paper",
    "paper_came",
    "print_again",
  ] as const;
  // Each answer is a new one, as it is from a real hall.
  const asView = () => ({ type: "view" as const, data: { ...openView } });
  const backend = scripted({
    view: asView,
    ...Object.fromEntries(acts.map((act) => [act, printers])),
    ...more,
  });
  render(Desk, { props: { backend } });
  return backend;
}

const morning = (): PrintersView => ({
  printers: [printer, pages, kiosk],
  papers: [waiting, unconfirmed, done, failed],
});

async function openPage(): Promise<HTMLElement> {
  await at("page-dispatch");
  await fireEvent.keyDown(window, { key: "F8" });
  const list = await at("list-papers");
  await waitFor(() => expect(screen.getAllByTestId("row-paper").length).toBeGreaterThan(0));
  return list;
}

describe("the page of printing", () => {
  it("counts at the navigation what needs somebody, on every page, and puts it first on its own", async () => {
    open(morning);
    expect((await at("papers-attention")).textContent).toContain("3 张要人看");
    await openPage();
    const rows = screen.getAllByTestId("row-paper").map((row) => row.dataset["paper"]);
    expect(rows).toEqual(["7.1.5", "1.1.41", "1.1.42", "1.1.43"]);
  });

  it("says at the navigation that a printer needs somebody, before any paper waits for it", async () => {
    const there = { ...printer, device: 7, name: "1 号自助机", here: false, told_at: "05:48" };
    open(() => ({ printers: [printer, { ...there, health: { trouble: null, low: true } }], papers: [] }));
    expect((await at("papers-attention")).textContent).toContain("有打印机要人看");
    await fireEvent.keyDown(window, { key: "F8" });
    expect((await at("printer-told-7-slips")).textContent).toContain("打印机快没纸了");
    expect((await at("printer-7-slips")).textContent).toContain("05:48 报的");
  });

  it("asks once for each view, however many look", async () => {
    const backend = open(morning);
    await openPage();
    expect(backend.asked.filter((command) => command.type === "printers")).toHaveLength(1);
  });

  it("shows for each machine what it prints on and how that is, in words", async () => {
    open(() => ({
      printers: [
        { ...printer, health: { trouble: null, low: true } },
        { ...kiosk, address: "" },
      ],
      papers: [paper],
    }));
    await openPage();
    expect((await at("printer-told-1-slips")).textContent).toContain("打印机快没纸了");
    expect((await at("printer-told-7-slips")).textContent).toContain("没有设打印机");
  });

  it("settles an open question by one key, and only a key that fits", async () => {
    let papers = [unconfirmed];
    const backend = open(() => ({ printers: [printer], papers }));
    const list = await openPage();
    await fireEvent.keyDown(list, { key: "c" });
    papers = [{ ...unconfirmed, state: "done", why: null }];
    await fireEvent.keyDown(list, { key: "Y" });
    await waitFor(() => expect(screen.getByTestId("paper-detail").dataset["state"]).toBe("done"));
    expect(
      backend.asked.filter((command) => command.type !== "printers" && command.type !== "waiting"),
    ).toEqual([{ type: "paper_came", paper: "1.1.41", came: true }]);
    expect(screen.queryByTestId("papers-attention")).toBeNull();
  });

  it("takes over what waits on another machine, and says that it is called off there", async () => {
    const backend = open(morning);
    const list = await openPage();
    expect((await at("paper-again-told")).textContent).toBe(
      "再打的纸上会标“补打 1”。1 号自助机上的那张会撤掉。",
    );
    await fireEvent.keyDown(list, { key: "p" });
    await waitFor(() => expect(backend.asked).toContainEqual({ type: "print_again", paper: "7.1.5" }));
  });

  it("keeps the chosen paper when the order changes under the clerk's hands", async () => {
    let papers = [unconfirmed, done];
    const backend = open(() => ({ printers: [printer], papers }));
    const list = await openPage();
    await fireEvent.keyDown(list, { key: "ArrowDown" });
    expect((await at("paper-detail")).textContent).toContain("A040");
    papers = [waiting, unconfirmed, done];
    await click("printer-test-slips");
    await waitFor(() => expect(screen.getAllByTestId("row-paper")).toHaveLength(3));
    expect((await at("paper-detail")).textContent).toContain("A040");
    expect(backend.asked).toContainEqual({ type: "test_page", used_for: "slips" });
  });

  it("shows why an act was refused", async () => {
    open(morning, { print_again: () => refusal("not_found", "本机没有设小票打印机") });
    const list = await openPage();
    await fireEvent.keyDown(list, { key: "p" });
    expect((await at("paper-problem")).textContent).toContain("本机没有设小票打印机");
  });

  it("lets a stopped queue go on, and only that", async () => {
    const backend = open(() => ({
      printers: [printer, { ...pages, health: { trouble: "paused", low: false } }],
      papers: [done],
    }));
    await openPage();
    await click("printer-resume");
    await waitFor(() => expect(backend.asked).toContainEqual({ type: "resume_printer", used_for: "pages" }));
  });
});

describe("setting a printer up", () => {
  it("takes one of those that were found, for its own use", async () => {
    const backend = open(morning, {
      find_printers: () => ({
        type: "printers_found",
        data: [
          { address: "usb:/dev/usb/lp0", name: "", used_for: "slips" },
          { address: "ipp://localhost:631/printers/A4", name: "激光", used_for: "pages" },
        ],
      }),
    });
    await openPage();
    await click("printer-setup-1-slips");
    await click("printer-find");
    await waitFor(() => expect(screen.getAllByTestId("printer-found")).toHaveLength(1));
    await click("printer-found");
    await click("printer-answers");
    await submit("printer-address");
    await waitFor(() => expect(screen.queryByTestId("printer-dialog")).toBeNull());
    expect(backend.asked).toContainEqual({
      type: "assign_printer",
      form: {
        device: 1,
        used_for: "slips",
        address: "usb:/dev/usb/lp0",
        dots: 384,
        answers: false,
        duplex: false,
        text: false,
      },
    });
  });

  it("has a slip printer set text where somebody ticks it, and says what that is for", async () => {
    let row = printer;
    const backend = open(() => ({ printers: [row, pages], papers: [paper] }));
    await openPage();
    await click("printer-setup-1-slips");
    expect((await at("printer-dialog")).textContent).toContain("慢的线路");
    await click("printer-text");
    row = { ...printer, text: true };
    await submit("printer-address");
    await waitFor(() => expect(screen.queryByTestId("printer-dialog")).toBeNull());
    const [assigned] = backend.asked.filter((command) => command.type === "assign_printer");
    expect(assigned).toMatchObject({ form: { address: printer.address, used_for: "slips", text: true } });
    await click("printer-setup-1-slips");
    expect(await at("printer-text")).toHaveProperty("checked", true);
  });

  it("asks about text of slip printers only", async () => {
    open(morning);
    await openPage();
    await click("printer-setup-1-pages");
    await at("printer-duplex");
    expect(screen.queryByTestId("printer-text")).toBeNull();
  });

  it("takes a typed address for another machine, and keeps what was typed when it is refused", async () => {
    open(morning, { assign_printer: () => refusal("bad_input", "打印机地址里有写错的地方") });
    await openPage();
    await click("printer-setup-7-slips");
    expect(screen.queryByTestId("printer-find")).toBeNull();
    await type("printer-address", "tcp://");
    await submit("printer-address");
    expect((await at("printer-problem")).textContent).toContain("写错");
    expect(await at("printer-address")).toHaveProperty("value", "tcp://");
  });
});

const slip: SlipView = { png: "iVBOR", width: 384, height: 700, code: "7K4M-2Q", missing: [], paper: null };
const atTicket: Script = {
  find_ticket: () => ({ type: "ticket_check", data: checked }),
  find: () => ({ type: "found", data: { workers: [], posts: [], tickets: [ticket], employers: [] } }),
};

async function openTicket(): Promise<void> {
  await at("page-dispatch");
  await type("search", ticket.code);
  await fireEvent.keyDown(await at("search"), { key: "Enter" });
  await at("page-ticket");
}

describe("a slip at the desk", () => {
  it("says that it will be a reprint, then follows the paper to the question and its answer", async () => {
    let papers: PaperView[] = [{ ...paper, state: "done" }];
    const again: PaperView = { ...paper, id: "1.1.50", reprint: 1 };
    const backend = open(() => ({ printers: [printer], papers }), {
      ...atTicket,
      slip: () => {
        papers = [{ ...again, state: "unconfirmed", why: "mute" }, ...papers];
        return { type: "slip", data: { ...slip, paper: again } };
      },
    });
    await openTicket();
    await click("ticket-slip");
    await waitFor(() => expect(screen.getByTestId("slip-lead").textContent).toContain("补打 1"));
    await submit("slip-print");
    await at("slip-preview");
    await waitFor(() => expect(screen.getByTestId("paper-note").dataset["state"]).toBe("unconfirmed"));
    papers = [{ ...again, state: "done" }];
    await click("note-came");
    await waitFor(() => expect(screen.getByTestId("paper-note").dataset["state"]).toBe("done"));
    expect(backend.asked).toContainEqual({ type: "paper_came", paper: "1.1.50", came: true });
  });

  it("without a printer says before and after that nothing is printed, and can still be saved", async () => {
    open(() => ({ printers: [{ ...printer, address: "" }], papers: [] }), {
      ...atTicket,
      slip: () => ({ type: "slip", data: slip }),
    });
    await openTicket();
    await click("ticket-slip");
    await waitFor(() => expect(screen.getByTestId("slip-lead").textContent).toContain("没有设小票打印机"));
    await submit("slip-print");
    expect((await at("slip-unprinted")).textContent).toContain("没有打出来");
    expect(screen.queryByTestId("paper-note")).toBeNull();
    await at("slip-save");
  });
});

describe("an agreement that was made", () => {
  const made = (printed: PaperView | null): Script => ({
    ...atTicket,
    preview_agreement: () => ({
      type: "agreement_preview",
      data: { agreement: "task_contract", copies: 2, pages: ["AA", "BB"], width: 1, height: 1, missing: [] },
    }),
    make_agreement: () => ({
      type: "agreement",
      data: {
        number: "X-1",
        agreement: "service_agreement",
        pages: 2,
        copies: 2,
        file: { name: "x.pdf", data: "" },
        path: "/spool/x.pdf",
        missing: [],
        paper: printed,
      },
    }),
  });

  async function make(): Promise<void> {
    await openTicket();
    await click("agreement-identities");
    await click("agreement-make");
    await click("preview-make");
    await at("agreement-made");
  }

  it("says where its paper is, and what to do when the printer stops", async () => {
    const ordered: PaperView = { ...paper, id: "1.1.60", kind: "agreement" };
    open(
      () => ({ printers: [pages], papers: [{ ...ordered, state: "waiting", why: "jam" }] }),
      made(ordered),
    );
    await make();
    const note = await at("paper-note");
    expect(note.textContent).toContain("打印机卡纸了");
    expect(note.textContent).toContain("取出卡住的纸");
    expect(screen.queryByTestId("agreement-unprinted")).toBeNull();
  });

  it("is a file to be opened where there is no printer for it", async () => {
    open(() => ({ printers: [printer], papers: [] }), made(null));
    await make();
    expect((await at("agreement-unprinted")).textContent).toContain("打开文件再打");
  });
});
