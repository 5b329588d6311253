import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IdleWatch } from "./idle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("locks after the time, and every key begins it anew", () => {
  const target = new EventTarget();
  const lock = vi.fn();
  const watch = new IdleWatch(10_000, lock, vi.fn(), target);
  vi.advanceTimersByTime(9000);
  target.dispatchEvent(new Event("keydown"));
  vi.advanceTimersByTime(9000);
  expect(lock).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  expect(lock).toHaveBeenCalledTimes(1);
  watch.stop();
  vi.advanceTimersByTime(60_000);
  expect(lock).toHaveBeenCalledTimes(1);
});

it("tells the hall once a minute that somebody works, and nothing while nobody does", () => {
  const target = new EventTarget();
  const alive = vi.fn();
  const watch = new IdleWatch(600_000, vi.fn(), alive, target);
  for (let second = 0; second < 150; second += 1) {
    target.dispatchEvent(new Event("keydown"));
    vi.advanceTimersByTime(1000);
  }
  expect(alive).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(300_000);
  expect(alive.mock.calls.length).toBeLessThanOrEqual(3);
  watch.stop();
});

it("never locks when the hall wants none", () => {
  const lock = vi.fn();
  new IdleWatch(0, lock, vi.fn(), new EventTarget());
  vi.advanceTimersByTime(3_600_000);
  expect(lock).not.toHaveBeenCalled();
});
