import { problemOf, type Problem } from "./problem";

/** What a page shows beside the view, read again at every change; a late answer never replaces a newer one. */
export class Reading<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  #asked = 0;

  async read(ask: () => Promise<T>): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const value = await ask();
      if (mine === this.#asked) this.#show(value, null);
    } catch (thrown) {
      if (mine === this.#asked) this.#show(this.value, problemOf(thrown));
    }
  }

  /** An act brought the newest state with its answer. */
  put(value: T): void {
    this.#asked += 1;
    this.#show(value, null);
  }

  /** Nothing of it stays, and no late answer brings it back. */
  forget(): void {
    this.#asked += 1;
    this.#show(null, null);
  }

  #show(value: T | null, problem: Problem | null): void {
    this.value = value;
    this.problem = problem;
  }
}
