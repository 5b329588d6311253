/** Papers and printers of the in-memory hall. A paper moves on by itself, each step after the scenario's time. */
import type { PaperKind } from "../generated/PaperKind";
import type { PaperState } from "../generated/PaperState";
import type { PaperTrouble } from "../generated/PaperTrouble";
import type { PaperView } from "../generated/PaperView";
import type { PrinterForm } from "../generated/PrinterForm";
import type { PrinterFound } from "../generated/PrinterFound";
import type { PrinterHealth } from "../generated/PrinterHealth";
import type { PrinterRow } from "../generated/PrinterRow";
import type { PrintersView } from "../generated/PrintersView";
import type { PrinterUse } from "../generated/PrinterUse";
import { refuse } from "./error";
import type { FakeHall } from "./hall";

export const MANNERS = ["ok", "none", "low", "out", "late", "mute"] as const;
/** How the printers of the hall are: well, none at all, nearly out of paper, out of it, mended too late, silent. */
export type Manner = (typeof MANNERS)[number];

export const DESK = 3_401;
export const KIOSK = 7_122;
const NAMES: Readonly<Record<number, string>> = {
  [DESK]: "2 号窗口",
  [KIOSK]: "1 号自助机",
  9_310: "2 号自助机",
};

type Stand = readonly [PaperState, PaperTrouble | null];
const COURSES: Readonly<Record<Manner, readonly Stand[]>> = {
  none: [],
  ok: [
    ["sending", null],
    ["done", null],
  ],
  low: [
    ["sending", null],
    ["done", null],
  ],
  out: [["waiting", "paper_out"]],
  late: [
    ["waiting", "paper_out"],
    ["failed", "too_late"],
  ],
  mute: [
    ["sending", null],
    ["unconfirmed", "mute"],
  ],
};

type Paper = Omit<PaperView, "here" | "device"> & { machine: number };
const UNSENT: readonly PaperState[] = ["queued", "waiting"];
const UNSETTLED: readonly PaperState[] = ["queued", "waiting", "sending", "unconfirmed"];

const isSurelyLost = ({ state, why }: Paper): boolean =>
  state === "cancelled" || (state === "failed" && why !== "nothing_came");

export class FakePapers {
  private manner: Manner;
  private readonly rows: PrinterRow[];
  private papers: Paper[];

  constructor(private readonly hall: FakeHall) {
    this.manner = hall.scenario.printer;
    this.rows = this.manner === "none" ? unassigned() : assigned();
    this.papers = this.manner === "none" ? [] : morning();
    if (this.manner === "out" && hall.scenario.mends > 0) {
      setTimeout(() => this.mend(), hall.scenario.mends);
    }
  }

  view(): PrintersView {
    const settled = (paper: Paper): number => (UNSETTLED.includes(paper.state) ? 0 : 1);
    return {
      printers: this.rows.map((row) => ({
        ...row,
        health: row.address === "" ? null : row.here ? this.health() : { trouble: null, low: true },
        told_at: row.here || row.address === "" ? null : "05:48",
      })),
      papers: this.papers
        .toReversed()
        .toSorted((a, b) => settled(a) - settled(b))
        .map((paper) => seen(paper, DESK)),
    };
  }

  health(): PrinterHealth | null {
    if (this.manner === "none") {
      return null;
    }
    const isOut = this.manner === "out" || this.manner === "late";
    return { trouble: isOut ? "paper_out" : null, low: this.manner === "low" };
  }

  /** The ticket's last slip, as the machine sees it. */
  slipOf(ticket: string, machine: number): PaperView | null {
    const last = this.papers.findLast((paper) => paper.ticket === ticket && isSlip(paper.kind));
    return last === undefined ? null : seen(last, machine);
  }

  /** Orders one more paper; nothing where the machine has no printer for it. */
  order(machine: number, kind: PaperKind, number: string, ticket: string | null): PaperView | null {
    const usedFor: PrinterUse = kind === "agreement" || kind === "test_sheet" ? "pages" : "slips";
    if (!this.rows.some((row) => row.device === machine && row.used_for === usedFor && row.address !== "")) {
      return null;
    }
    const before = this.papers.filter(
      (paper) => paper.kind === kind && paper.number === number && !isSurelyLost(paper),
    );
    const paper: Paper = {
      id: `w${this.papers.length + 1}`,
      kind,
      state: "queued",
      why: null,
      reprint: kind === "card" || kind === "test" || kind === "test_sheet" ? 0 : before.length,
      superseded: false,
      number,
      ticket,
      at: this.hall.clock().time,
      machine,
    };
    this.papers.push(paper);
    this.goOn(paper, COURSES[this.manner]);
    this.hall.changed();
    return seen(paper, machine);
  }

  /** Moves the paper along its course, or as far as somebody does something about it. */
  private goOn(paper: Paper, [next, ...rest]: readonly Stand[]): void {
    const { state } = paper;
    if (next === undefined) {
      return;
    }
    setTimeout(() => {
      if (paper.state === state) {
        [paper.state, paper.why] = next;
        this.hall.changed();
        this.goOn(paper, rest);
      }
    }, this.hall.scenario.prints);
  }

  private mend(): void {
    this.manner = "ok";
    for (const paper of this.papers.filter(({ state }) => state === "waiting")) {
      this.goOn(paper, COURSES.ok);
    }
    this.hall.changed();
  }

  assign(form: PrinterForm): PrintersView {
    const row = this.rows.find((one) => one.device === form.device && one.used_for === form.used_for);
    if (row === undefined) {
      throw refuse("not_found", "没有找到这台机器。");
    }
    const start = form.used_for === "pages" ? /^ipp:\/\/./ : /^(tcp:\/\/|usb:|serial:)./;
    if (form.address !== "" && !start.test(form.address)) {
      throw refuse("bad_input", "打印机地址写成这样：tcp://192.168.1.50:9100，或点“查找打印机”来选");
    }
    Object.assign(row, form);
    if (this.manner === "none") {
      this.manner = "ok";
    }
    this.hall.changed();
    return this.view();
  }

  found(): PrinterFound[] {
    return [
      { address: "usb:/dev/usb/lp0", name: "", used_for: "slips" },
      { address: "tcp://192.168.1.50:9100", name: "XP-58 小票机", used_for: "slips" },
      { address: "ipp://localhost:631/printers/A4", name: "窗口激光打印机 A4", used_for: "pages" },
    ];
  }

  cancel(id: string): PrintersView {
    const paper = this.paper(id);
    if (!UNSENT.includes(paper.state)) {
      throw refuse("too_late", "这张纸已经送到打印机，撤不回来了。请到打印机前看看");
    }
    return this.settle(paper, ["cancelled", null]);
  }

  came(id: string, came: boolean): PrintersView {
    const paper = this.paper(id);
    if (paper.state !== "unconfirmed") {
      throw refuse("too_late", "这张纸已经有结果了，不用再问，请刷新后看");
    }
    return this.settle(paper, came ? ["done", null] : ["failed", "nothing_came"]);
  }

  again(id: string): PrintersView {
    const paper = this.paper(id);
    if (this.order(DESK, paper.kind, paper.number, paper.ticket) === null) {
      throw refuse("not_found", "本机没有设打印机，请在“打印”页设好再打");
    }
    return UNSENT.includes(paper.state) ? this.settle(paper, ["cancelled", null]) : this.view();
  }

  private settle(paper: Paper, stand: Stand): PrintersView {
    [paper.state, paper.why] = stand;
    this.hall.changed();
    return this.view();
  }

  private paper(id: string): Paper {
    const found = this.papers.find((paper) => paper.id === id);
    if (found === undefined) {
      throw refuse("not_found", "没有找到这张纸。");
    }
    return found;
  }
}

const isSlip = (kind: PaperKind): boolean => kind === "slip" || kind === "standby";

function seen({ machine, ...paper }: Paper, by: number): PaperView {
  return { ...paper, device: NAMES[machine] ?? "", here: machine === by };
}

const printer = (device: number, used_for: PrinterUse, address: string): PrinterRow => ({
  device,
  name: NAMES[device] ?? "",
  here: device === DESK,
  used_for,
  address,
  dots: 384,
  answers: true,
  duplex: used_for === "pages",
  text: false,
  health: null,
  told_at: null,
});

const assigned = (): PrinterRow[] => [
  printer(DESK, "slips", "tcp://192.168.1.50:9100"),
  printer(DESK, "pages", "ipp://localhost:631/printers/A4"),
  printer(KIOSK, "slips", "usb:/dev/usb/lp0"),
  printer(9_310, "slips", ""),
];

const unassigned = (): PrinterRow[] => assigned().map((row) => ({ ...row, address: "" }));

/** What an ordinary morning leaves on the page: some of it wants somebody. */
const morning = (): Paper[] => {
  const paper = (
    at: string,
    number: string,
    machine: number,
    [state, why]: Stand,
    more: Partial<Paper> = {},
  ) => ({
    id: `m${at}`,
    kind: "slip" as PaperKind,
    state,
    why,
    reprint: 0,
    superseded: false,
    number,
    ticket: `t-${number}`,
    at,
    machine,
    ...more,
  });
  return [
    paper("05:12", "A019", KIOSK, ["done", null]),
    paper("05:14", "A020", KIOSK, ["failed", "too_late"]),
    paper("05:20", "A020", DESK, ["done", null]),
    paper("05:31", "A021", DESK, ["done", null], { kind: "agreement" }),
    paper("05:33", "7K4M-9R", DESK, ["done", null], { kind: "card", ticket: null }),
    paper("05:40", "A022", DESK, ["cancelled", null], { kind: "standby" }),
    paper("08:02", "A031", KIOSK, ["failed", "too_late"]),
    paper("08:21", "A033", KIOSK, ["unconfirmed", "torn"]),
    paper("08:30", "A035", DESK, ["done", null], { reprint: 1 }),
    paper("08:36", "A036", KIOSK, ["waiting", "paper_out"]),
  ];
};
