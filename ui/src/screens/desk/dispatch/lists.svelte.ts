// The rows of the three panes: what the hall has, through the clerk's filters, and which row is chosen.

import { untrack } from "svelte";
import type { DeskPost } from "../../../backend/generated/DeskPost";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { WaitingRow } from "../../../backend/generated/WaitingRow";
import { keep, matching, type Row } from "../logic/selection";
import { isLive, postSearchText, ticketSearchText, waitingSearchText } from "../logic/words";
import { viewOf, type DeskState } from "../state/desk.svelte";
import { WaitingList } from "./waiting.svelte";

interface Rows {
  posts: readonly Row[];
  waiting: readonly Row[];
  tickets: readonly Row[];
}

export class DispatchLists {
  readonly #desk: DeskState;
  readonly line: WaitingList;
  readonly filters = $state({ posts: "", waiting: "", tickets: "" });
  showPlaced = $state(false);
  onlyFitting = $state(false);
  showReleased = $state(false);
  #before: Rows = { posts: [], waiting: [], tickets: [] };

  constructor(desk: DeskState) {
    this.#desk = desk;
    this.line = new WaitingList(untrack(() => viewOf(desk).waiting));
  }

  readonly posts: (DeskPost & Row)[] = $derived.by(() =>
    matching(viewOf(this.#desk).posts, this.filters.posts, postSearchText).map((post) => ({
      ...post,
      id: post.card.id,
    })),
  );

  readonly waiting: (WaitingRow & Row)[] = $derived.by(() =>
    matching(this.line.rows, this.filters.waiting, waitingSearchText)
      .filter((row) => (this.showPlaced || !row.placed) && (!this.onlyFitting || row.fit === "fits"))
      .map((row) => ({ ...row, id: row.worker })),
  );

  readonly tickets: TicketView[] = $derived.by(() =>
    matching(viewOf(this.#desk).tickets, this.filters.tickets, ticketSearchText).filter(
      (ticket) => this.showReleased || isLive(ticket),
    ),
  );

  readonly placed = $derived.by(() => this.line.rows.filter((row) => row.placed).length);
  readonly fitting = $derived.by(
    () => this.line.rows.filter((row) => !row.placed && row.fit === "fits").length,
  );
  readonly released = $derived.by(
    () => viewOf(this.#desk).tickets.filter((ticket) => !isLive(ticket)).length,
  );

  readonly post = $derived.by(() => this.posts.find((row) => row.id === this.#desk.choice.post) ?? null);
  readonly worker = $derived.by(
    () => this.waiting.find((row) => row.id === this.#desk.choice.worker) ?? null,
  );
  readonly ticket = $derived.by(
    () => this.tickets.find((row) => row.id === this.#desk.choice.ticket) ?? null,
  );

  /** The choices follow their lists; called from an effect, which runs again when a list changes. */
  follow(): void {
    const now: Rows = { posts: this.posts, waiting: this.waiting, tickets: this.tickets };
    untrack(() => {
      const { choice } = this.#desk;
      choice.post = keep(this.#before.posts, choice.post, now.posts);
      choice.worker = keep(this.#before.waiting, choice.worker, now.waiting);
      choice.ticket = keep(this.#before.tickets, choice.ticket, now.tickets);
      this.#before = now;
    });
  }
}
