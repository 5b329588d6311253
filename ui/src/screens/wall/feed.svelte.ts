/**
 * What the wall shows: the last view that came, whatever happens afterwards, and the page that is up. Asks
 * again on every change and every ten seconds, one question at a time.
 */
import { expectReply, type Backend } from "../../backend/backend";
import type { WallView } from "../../backend/generated/WallView";
import { clockAfter, FIRST, turn } from "./rotation";

const ASK_MS = 10_000;
const TICK_MS = 500;
/** A single missed answer is nothing to tell the hall. */
const STALE_MS = 25_000;
/** A question that never comes back must not silence the next ones. */
const GIVE_UP_MS = 15_000;

export type Feed = {
  readonly view: WallView | null;
  readonly page: number;
  readonly time: string;
  readonly stale: boolean;
  readonly stop: () => void;
};

export function runFeed(backend: Backend, clock: () => number = () => performance.now()): Feed {
  let view: WallView | null = $state.raw(null);
  let rotation = $state.raw(FIRST);
  let cameAt = $state.raw(clock());
  let now = $state.raw(clock());
  let askedAt: number | null = null;
  let again = false;

  async function ask(): Promise<void> {
    if (askedAt !== null && clock() - askedAt < GIVE_UP_MS) {
      again = true;
      return;
    }
    const mine = clock();
    askedAt = mine;
    try {
      view = await expectReply(backend.wall({ type: "view" }), "view");
      cameAt = clock();
    } catch {
      // The last view stays up; `stale` tells since when.
    }
    if (askedAt === mine) {
      askedAt = null;
    }
    if (again) {
      again = false;
      await ask();
    }
  }

  function tick(): void {
    now = clock();
    if (view !== null) {
      rotation = turn(rotation, view.pages.length, Math.max(1, view.page_seconds) * 1000, now);
    }
  }

  const stopListening = backend.onChange(() => void ask());
  const asking = setInterval(() => void ask(), ASK_MS);
  const ticking = setInterval(tick, TICK_MS);
  void ask();

  return {
    get view() {
      return view;
    },
    get page() {
      return view === null || view.pages.length === 0 ? 0 : rotation.page % view.pages.length;
    },
    get time() {
      return view === null ? "" : clockAfter(view.clock.time, Math.max(0, now - cameAt));
    },
    get stale() {
      return now - cameAt >= STALE_MS;
    },
    stop() {
      stopListening();
      clearInterval(asking);
      clearInterval(ticking);
    },
  };
}
