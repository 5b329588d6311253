/**
 * Everything the kiosk is at one moment, as one value. A person's facts live only here (and in the shell's
 * session): dropping this value is the clear-down.
 */
import type { AppError } from "../../../backend/generated/AppError";
import type { BoardFilter } from "../../../backend/generated/BoardFilter";
import type { BoardPage } from "../../../backend/generated/BoardPage";
import type { KioskCommand } from "../../../backend/generated/KioskCommand";
import type { KioskReply } from "../../../backend/generated/KioskReply";
import type { KioskView } from "../../../backend/generated/KioskView";
import type { PostDetail } from "../../../backend/generated/PostDetail";
import type { ReaderEvent } from "../../../backend/generated/ReaderEvent";
import type { SlipView } from "../../../backend/generated/SlipView";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { WorkerSession } from "../../../backend/generated/WorkerSession";

/** What the person wants to do once we know who it is. */
export type Goal = { to: "mine" } | { to: "claim"; detail: PostDetail };

/** The slip beside a ticket: being drawn, drawn, or not to be had (the code still works). */
export type SlipState = { is: "drawing" } | { is: "drawn"; slip: SlipView } | { is: "missing" };

export type Page =
  | { name: "starting" }
  | { name: "down" }
  | { name: "not_set_up" }
  | { name: "home" }
  | { name: "filters" }
  | { name: "post"; detail: PostDetail }
  | { name: "identity"; goal: Goal; entry: string }
  | { name: "confirm"; detail: PostDetail }
  /** The ticket waits, and the hall asks its other machines for a place. */
  | { name: "asking"; ticket: TicketView; until: number }
  | { name: "ticket"; ticket: TicketView; slip: SlipState; fresh: boolean; returnAt: number | null }
  | { name: "mine" }
  | { name: "release"; ticket: TicketView }
  | { name: "staff"; pin: string };

/** Whether somebody stands here. `leaving` is the full-screen countdown. */
export type Presence =
  | { is: "nobody" }
  | { is: "here"; since: number; touched: number }
  | { is: "leaving"; since: number; touched: number };

/** A refusal or a fault that the person must read before going on. */
export type Trouble = { error: AppError | null; retry: Effect | null; note: TroubleNote };

/** Which words go with a fault that brings none of its own. */
export type TroubleNote = "hall" | "help" | "not_a_card";

export type State = {
  /** Grows at every clear-down; what was asked before belongs to nobody. */
  generation: number;
  page: Page;
  /** When the page was opened: a second tap of the same finger must not decide anything. */
  opened: number;
  view: KioskView | null;
  board: BoardPage | null;
  filter: BoardFilter;
  boardPage: number;
  session: WorkerSession | null;
  /** The person's own act that is on its way; further acts wait. */
  busy: Effect | null;
  trouble: Trouble | null;
  /** Tickets for whose slips this screen has rung the desk by itself. */
  rungFor: readonly string[];
  /** Help has been called; the button says so until then. */
  helpUntil: number | null;
  presence: Presence;
  /** The reader of ID cards beside this kiosk; `null` where there is none that works. */
  cardReader: "free" | "occupied" | null;
  /** The last background question failed: what is shown may be old. */
  stale: boolean;
  /** The shell has not yet confirmed that it forgot the person. */
  signOutOwed: boolean;
  now: number;
};

export type Effect = { type: "ask"; command: KioskCommand } | { type: "leave"; pin: string };

export type Event =
  | { type: "boot" }
  | { type: "tick" }
  | { type: "poll" }
  | { type: "changed" }
  | { type: "touched" }
  | { type: "replied"; generation: number; effect: Effect; reply: KioskReply | null }
  | { type: "failed"; generation: number; effect: Effect; error: AppError | null }
  | { type: "scanned"; text: string }
  | { type: "foreign" }
  | { type: "reader"; event: ReaderEvent }
  | { type: "filter"; filter: BoardFilter }
  | { type: "turn_page"; page: number }
  | { type: "similar"; trade: string }
  | { type: "open_filters" }
  | { type: "open_post"; post: string }
  | { type: "identify" }
  | { type: "type"; key: string }
  | { type: "erase" }
  | { type: "empty" }
  | { type: "submit" }
  | { type: "want" }
  | { type: "confirm" }
  | { type: "open_mine" }
  | { type: "open_ticket"; ticket: TicketView }
  | { type: "want_release"; ticket: TicketView }
  | { type: "confirm_release" }
  | { type: "report_unpaid"; ticket: TicketView }
  | { type: "slip_came"; came: boolean }
  | { type: "call_help" }
  | { type: "corner_held" }
  | { type: "back" }
  | { type: "dismiss" }
  | { type: "retry" }
  | { type: "finish" };

export const NO_FILTER: BoardFilter = {
  trade: null,
  day: null,
  meals: false,
  transport: false,
  day_pay_min: null,
};

export const ID_LENGTH = 18;
export const PIN_LENGTH_MAX = 12;

/** Times in milliseconds. */
export const IDLE_WARNING = 45_000;
export const IDLE_COUNTDOWN = 15_000;
export const SESSION_CAP = 600_000;
export const RESULT_RETURN = 15_000;
/** How long the result page waits for a slip that is not out yet. */
export const SLIP_AWAITED = 60_000;
/** How long somebody stands before 正在问别的机器; the tick that ends it may come a quarter of a second later. */
export const ASKING = 950;
export const HELP_SHOWN = 20_000;
/** A commitment sooner than this after its page opened is the bounce of the tap before. */
export const SETTLE = 500;

export function start(now: number): State {
  return {
    generation: 0,
    page: { name: "starting" },
    opened: now,
    view: null,
    board: null,
    filter: NO_FILTER,
    boardPage: 0,
    session: null,
    busy: null,
    trouble: null,
    rungFor: [],
    helpUntil: null,
    presence: { is: "nobody" },
    cardReader: null,
    stale: false,
    signOutOwed: false,
    now,
  };
}
