// What the whole desk shares: the hall's view, where the clerk is, and what was just done. Nothing here outlives
// the lock except a half-written post, kept for the same person.

import { getContext, setContext } from "svelte";
import { appErrorOf, expectReply, type Backend } from "../../../backend/backend";
import type { DeskCommand } from "../../../backend/generated/DeskCommand";
import type { DeskReply } from "../../../backend/generated/DeskReply";
import type { DeskView } from "../../../backend/generated/DeskView";
import type { DeviceStatus } from "../../../backend/generated/DeviceStatus";
import type { IdCard } from "../../../backend/generated/IdCard";
import type { StaffView } from "../../../backend/generated/StaffView";
import type { Pane } from "../logic/keymap";
import type { PostDraft } from "../logic/post-draft";
import { Printing } from "./printing.svelte";
import type { Problem } from "./problem";
import type { Route } from "./route";

export interface Toast {
  id: number;
  good: boolean;
  text: string;
}

const TOAST_MS = 7000;
const TOASTS_MAX = 4;

/** The choices in the three panes; they survive a walk to another page. */
export interface DispatchChoice {
  pane: Pane;
  post: string | null;
  worker: string | null;
  ticket: string | null;
}

export class DeskState {
  readonly backend: Backend;
  view = $state.raw<DeskView | null>(null);
  reachable = $state(true);
  route = $state.raw<Route>({ at: "dispatch" });
  /** Where the clerk wants to go while a form has unsaved work. */
  wanted = $state.raw<Route | null>(null);
  toasts = $state.raw<Toast[]>([]);
  choice = $state<DispatchChoice>({ pane: "posts", post: null, worker: null, ticket: null });
  readonly printing: Printing;
  /** How the scanners and card readers of this machine are, in the order in which they were heard of. */
  devices = $state.raw<readonly DeviceStatus[]>([]);
  /** A card on its way to the form that it fills. */
  card = $state.raw<IdCard | null>(null);
  /** Half-written posts by who wrote them; nothing on the screen follows them. */
  readonly drafts: Record<string, PostDraft | undefined> = {};

  #unsaved: (() => boolean) | null = null;
  #back: Route[] = [];
  #toasts = 0;
  #reading: Promise<void> | null = null;
  #stale = false;

  constructor(backend: Backend) {
    this.backend = backend;
    this.printing = new Printing((command) => this.ask(command, "printers"));
  }

  get staff(): StaffView | null {
    return this.view?.session?.staff ?? null;
  }

  get supervises(): boolean {
    return this.staff?.role === "supervisor";
  }

  get today(): string {
    return this.view?.clock.day ?? "";
  }

  /** Reads the view again, and is done when what was true at the call is on the screen. */
  async refresh(): Promise<void> {
    this.#stale = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  async #readAll(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      await this.#readView();
    }
  }

  async #readView(): Promise<void> {
    try {
      const view = await expectReply(this.backend.desk({ type: "view" }), "view");
      if (this.view?.session && !view.session) this.#forget();
      this.view = view;
      this.reachable = true;
    } catch {
      this.reachable = false;
    }
  }

  /** Asks for a reply of one type. */
  async ask<T extends DeskReply["type"]>(command: DeskCommand, type: T) {
    return expectReply<DeskReply, T>(this.#send(command), type);
  }

  /** A question to which there are several kinds of answers. */
  askEither(command: DeskCommand): Promise<DeskReply> {
    return this.#send(command);
  }

  /** An act whose reply is only that it was done; the view is read again. */
  async perform(command: DeskCommand): Promise<DeskReply> {
    const reply = await this.#send(command);
    await this.refresh();
    return reply;
  }

  #send(command: DeskCommand): Promise<DeskReply> {
    return this.heed(this.backend.desk(command));
  }

  /** Waits for an answer, and notices when the hall has locked the desk meanwhile. */
  async heed<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      if (appErrorOf(thrown)?.code === "locked") void this.refresh();
      throw thrown;
    }
  }

  /** An empty question: it changes nothing and tells the hall that somebody is here. */
  async signLife(): Promise<void> {
    try {
      await this.#send({ type: "find", text: "" });
    } catch {
      // The next real act says what is wrong.
    }
  }

  async lock(): Promise<void> {
    try {
      await this.backend.desk({ type: "lock" });
    } finally {
      await this.refresh();
    }
  }

  #forget(): void {
    this.route = { at: "dispatch" };
    this.wanted = null;
    this.toasts = [];
    this.card = null;
    this.choice = { pane: "posts", post: null, worker: null, ticket: null };
    this.#unsaved = null;
    this.#back = [];
    this.printing.reading.forget();
  }

  /** A form says whether leaving it would lose work; returns the way to take that back. */
  guard(unsaved: () => boolean): () => void {
    this.#unsaved = unsaved;
    return () => {
      if (this.#unsaved === unsaved) this.#unsaved = null;
    };
  }

  go(route: Route): void {
    if (this.#unsaved?.() === true) {
      this.wanted = route;
      return;
    }
    this.#enter(route);
  }

  /** Leaves although work is lost, or because it has just been saved. */
  leave(route: Route): void {
    this.#unsaved = null;
    this.wanted = null;
    this.#enter(route);
  }

  stay(): void {
    this.wanted = null;
  }

  #enter(route: Route): void {
    this.#back = [...this.#back.slice(-8), this.route];
    this.route = route;
  }

  /** One step back, to dispatch when there is none. */
  back(): void {
    const to = this.#back.at(-1) ?? { at: "dispatch" };
    if (this.#unsaved?.() === true) {
      this.wanted = to;
      return;
    }
    this.#back = this.#back.slice(0, -1);
    this.route = to;
  }

  heardOf(status: DeviceStatus): void {
    const same = (other: DeviceStatus): boolean =>
      other.seat === status.seat && other.device === status.device;
    this.devices = this.devices.some(same)
      ? this.devices.map((other) => (same(other) ? status : other))
      : [...this.devices, status];
  }

  say(text: string): void {
    this.#toast(true, text);
  }

  complain(problem: Problem): void {
    this.#toast(false, problem.message);
  }

  /** For what comes with a sentence and no error; by the number it can be taken back. */
  complainOf(message: string): number {
    return this.#toast(false, message);
  }

  #toast(good: boolean, text: string): number {
    this.#toasts += 1;
    const id = this.#toasts;
    this.toasts = [...this.toasts.slice(1 - TOASTS_MAX), { id, good, text }];
    // A failure stays until it is read.
    if (good) setTimeout(() => this.dismiss(id), TOAST_MS);
    return id;
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}

const KEY = Symbol("desk");

export function provideDesk(backend: Backend): DeskState {
  return setContext(KEY, new DeskState(backend));
}

export function useDesk(): DeskState {
  return getContext<DeskState>(KEY);
}

/** The view of a desk that is open; components under the lock never mount without one. */
export function viewOf(desk: DeskState): DeskView {
  if (desk.view === null) throw new Error("the desk is open only with a view");
  return desk.view;
}
