// What the rules say of a draft while it is typed. Only the answer to the newest question counts.

import type { FindingView } from "../../../backend/generated/FindingView";
import type { PostForm } from "../../../backend/generated/PostForm";
import { problemOf } from "../state/problem";
import type { DeskState } from "../state/desk.svelte";

const REST_MS = 400;

export type CheckState =
  | { is: "idle" }
  | { is: "checking" }
  | { is: "found"; findings: FindingView[] }
  /** The draft cannot be judged yet, and why. */
  | { is: "unfinished"; message: string };

export class PostChecking {
  state = $state.raw<CheckState>({ is: "idle" });
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks when the typing rests. */
  ask(desk: DeskState, form: PostForm): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#timer = setTimeout(() => void this.#read(desk, form), REST_MS);
  }

  idle(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.state = { is: "idle" };
  }

  async #read(desk: DeskState, form: PostForm): Promise<void> {
    const asked = this.#asked;
    // The findings of a moment ago stay in place meanwhile: a list that blinks cannot be read.
    if (this.state.is !== "found") this.state = { is: "checking" };
    try {
      const findings = await desk.ask({ type: "check_post", form }, "findings");
      if (asked === this.#asked) this.state = { is: "found", findings };
    } catch (thrown) {
      if (asked === this.#asked) this.state = { is: "unfinished", message: problemOf(thrown).message };
    }
  }

  get findings(): FindingView[] {
    return this.state.is === "found" ? this.state.findings : [];
  }
}
