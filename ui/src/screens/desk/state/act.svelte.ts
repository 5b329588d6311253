import { problemOf, type Problem } from "./problem";

/** One act of a form: busy while it runs, so that it never runs twice, and the problem it ended with. */
export class Act {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** True when the work came to its end. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  clear(): void {
    this.problem = null;
  }
}
