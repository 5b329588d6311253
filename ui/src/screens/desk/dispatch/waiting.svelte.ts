// The order of call as it stands towards the chosen post. The view's own list knows no post; this one is asked
// again whenever the post or the hall changes, and an answer that comes late for another post is dropped.

import type { WaitingRow } from "../../../backend/generated/WaitingRow";
import { problemOf } from "../state/problem";
import type { DeskState } from "../state/desk.svelte";

const SETTLE_MS = 90;

export class WaitingList {
  rows = $state.raw<WaitingRow[]>([]);
  /** The post that the rows were judged for. */
  post = $state.raw<string | null>(null);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rows: WaitingRow[]) {
    this.rows = rows;
  }

  /** The arrows may run down the posts: only where they rest is worth a question. */
  ask(desk: DeskState, post: string | null): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(desk, post), SETTLE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  async #read(desk: DeskState, post: string | null): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const rows = await desk.ask({ type: "waiting", post }, "waiting");
      if (asked !== this.#asked) return;
      this.rows = rows;
      this.post = post;
    } catch (thrown) {
      if (asked === this.#asked) desk.complain(problemOf(thrown));
    }
  }
}
