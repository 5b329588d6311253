import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IdleWatch } from "./idle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("locks after the time, and every key begins it anew", () => {
  const target = new EventTarget();
  const lock = vi.fn();
  const watch = new IdleWatch(10_000, lock, target);
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

it("never locks when the hall wants none", () => {
  const lock = vi.fn();
  new IdleWatch(0, lock, new EventTarget());
  vi.advanceTimersByTime(3_600_000);
  expect(lock).not.toHaveBeenCalled();
});
