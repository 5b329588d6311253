/* eslint-disable local/no-han-literal -- invented data for tests */
// An open desk with one post, two people and one ticket, and a backend that answers from a script. Tests only.

import { HallError, type Backend } from "../../backend/backend";
import type { Code } from "../../backend/generated/Code";
import type { DeskCommand } from "../../backend/generated/DeskCommand";
import type { DeskReply } from "../../backend/generated/DeskReply";
import type { DeskView } from "../../backend/generated/DeskView";
import type { FindingView } from "../../backend/generated/FindingView";
import type { PaperView } from "../../backend/generated/PaperView";
import type { PostCard } from "../../backend/generated/PostCard";
import type { PrinterRow } from "../../backend/generated/PrinterRow";
import type { SignedPaper } from "../../backend/generated/SignedPaper";
import type { TicketCheck } from "../../backend/generated/TicketCheck";
import type { TicketView } from "../../backend/generated/TicketView";
import type { WaitingRow } from "../../backend/generated/WaitingRow";
import type { WorkerView } from "../../backend/generated/WorkerView";

export const post: PostCard = {
  id: "1.1.10",
  trade: "管道工",
  title: "小区换管",
  pay: { amount: 26_000, unit: "day", settlement: "daily" },
  address: "锦绣园",
  first_day: "2026-11-20",
  last_day: "2026-11-20",
  start: "09:30",
  end: "17:30",
  meals: "lunch",
  transport: false,
  certificate: null,
  bring: "",
  urgent: false,
  fresh: false,
  places: 5,
  left: 2,
  elsewhere: 0,
  standbys: 0,
  closed: false,
  of_county: false,
};

export const waiting: WaitingRow[] = [
  {
    number: 1,
    worker: "1.1.20",
    masked_name: "王**",
    trades: ["小工"],
    age: 51,
    signed_in_at: "04:52",
    placed: false,
    fit: "other_trade",
    fit_note: "登记的工种里没有管道工",
  },
  {
    number: 2,
    worker: "1.1.21",
    masked_name: "周*",
    trades: ["管道工"],
    age: 40,
    signed_in_at: "05:03",
    placed: false,
    fit: "fits",
    fit_note: "",
  },
];

export const ticket: TicketView = {
  id: "1.1.30",
  number: "A037",
  code: "7K4M-2Q",
  state: "confirmed",
  place: { index: 4, of: 5 },
  standby: null,
  promoted: false,
  post,
  masked_name: "周*",
  worker: "1.1.21",
  contact_name: "",
  contact_phone: "",
  taken_at: "05:10",
  can_release: true,
  release_until: "09:00",
  reach: "device",
  paid: null,
  agreement: null,
  slip: null,
};

export const worker: WorkerView = {
  id: "1.1.21",
  name: "周一",
  masked_id_number: "379901********1114",
  masked_phone: "138****0000",
  sex: "male",
  age: 40,
  trades: ["管道工"],
  certificates: [],
  post_type: null,
  pension: false,
  student: false,
  card: 0,
  visit: 3,
};

export const paper: PaperView = {
  id: "1.1.40",
  kind: "slip",
  state: "queued",
  why: null,
  reprint: 0,
  number: "A037",
  ticket: "1.1.30",
  superseded: false,
  at: "05:10",
  device: "2 号窗口",
  here: true,
};

export const printer: PrinterRow = {
  device: 1,
  name: "2 号窗口",
  here: true,
  used_for: "slips",
  address: "tcp://192.168.1.50:9100",
  dots: 384,
  answers: true,
  duplex: false,
  text: false,
  health: null,
  told_at: null,
};

export const signed: SignedPaper = {
  kind: "slip",
  place: 4,
  issued: "05:10",
  good_until: "11月22日 05:30",
  expired: false,
  machine: "自助机 1",
  stopped: false,
};

export const checked: TicketCheck = {
  valid: true,
  message: "小票验过，是本厅签发的，名额有效（第 4/5 号），可以打协议",
  verdict: "valid",
  paper: signed,
  ticket,
  worker,
  employer: {
    id: "1.1.9",
    kind: "organisation",
    name: "示范建筑劳务有限公司",
    masked_code: "9135**********0Y43",
    address: "工业园 7 路 1 号",
    legal_head: "",
    agent: "",
    phone: "15400000001",
    papers_seen: "营业执照",
    posts: 1,
  },
  check: { agreement: "task_contract", flags: [], findings: [], blocked: false },
  insurance: null,
};

const people: DeskView["staff"] = [
  { id: "1.1.2", name: "王主管", role: "supervisor" },
  { id: "1.1.3", name: "李敏", role: "clerk" },
];

export const openView: DeskView = {
  set_up: true,
  staff: people,
  session: { staff: { id: "1.1.3", name: "李敏", role: "clerk" }, lock_after_seconds: 300 },
  hall: { name: "示范零工客栈", address: "北关街 88 号", phone: "15400000000", window: "2 号窗口" },
  county: "379901",
  edition: { number: 5, at: "05:00", as_of: "04:59", next: "05:30" },
  clock: { day: "2026-11-20", time: "05:10", trusted: true },
  posts: [{ card: post, employer: "示范建筑劳务有限公司" }],
  waiting,
  tickets: [],
  figures: {
    signed_in: 2,
    placed: 0,
    success_percent: 0,
    open_posts: 1,
    places_left: 2,
    confirmed: 0,
    standby: 0,
  },
  minimum_wage: "最低工资 22 元/时",
  help: [],
  notices: [],
  stored: {
    last: "1.1.30",
    ops: 30,
    in_hall: 0,
    at_county: 0,
    lines: { hub: null, county: null, reachable: 0, fenced: false },
  },
  trades: ["管道工", "小工"],
  hazards: [],
  certificates: [],
};

export const lockedView: DeskView = { ...openView, session: null, posts: [], waiting: [], tickets: [] };

export function refusal(code: Code, message: string, findings: FindingView[] = []): HallError {
  return new HallError({ code, message, retryable: false, findings });
}

type Answer = DeskReply | HallError;
export type Script = Partial<Record<DeskCommand["type"], (command: DeskCommand) => Answer>>;

export interface ScriptedBackend extends Backend {
  /** Every command that was asked, in order, without the views. */
  asked: DeskCommand[];
}

const EVERYDAY: Script = {
  view: () => ({ type: "view", data: openView }),
  waiting: () => ({ type: "waiting", data: waiting }),
  find: () => ({ type: "found", data: { workers: [], posts: [], tickets: [], employers: [] } }),
  employers: () => ({ type: "employers", data: [] }),
  printers: () => ({ type: "printers", data: { printers: [], papers: [] } }),
  check_post: () => ({ type: "findings", data: [] }),
};

export function scripted(script: Script = {}): ScriptedBackend {
  const asked: DeskCommand[] = [];
  const refused = (): Promise<never> => Promise.reject(new HallError(null));
  return {
    asked,
    kiosk: refused,
    wall: refused,
    leaveKiosk: refused,
    onChange: () => () => undefined,
    desk: (command) => {
      if (command.type !== "view") asked.push(command);
      const answer = (script[command.type] ?? EVERYDAY[command.type])?.(command) ?? { type: "done" };
      return answer instanceof HallError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}
