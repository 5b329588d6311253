/** The hall over loopback HTTP: browser work, end-to-end tests, and a wall opened from the hub. */
import { HallError, isAppError, type Backend } from "./backend";

const RETRY_MS = 2000;

type Answer<T> = { ok: T } | { err: unknown };

async function readAnswer<T>(response: Response): Promise<T> {
  const answer = (await response.json()) as Answer<T>;
  if ("ok" in answer) {
    return answer.ok;
  }
  throw new HallError(isAppError(answer.err) ? answer.err : null);
}

async function post<T>(url: string, command: unknown): Promise<T> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(command),
    });
    return await readAnswer<T>(response);
  } catch (thrown) {
    throw thrown instanceof HallError ? thrown : new HallError(null);
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Holds one request open; the server answers `{ok: n}` once its count of changes is past `since`. */
async function watch(base: string, changed: () => void, signal: AbortSignal): Promise<void> {
  let since = 0;
  while (!signal.aborted) {
    try {
      const response = await fetch(`${base}/changes?since=${since}`, { signal });
      const now = await readAnswer<number>(response);
      if (now !== since) {
        since = now;
        changed();
      }
    } catch {
      await pause(RETRY_MS);
    }
  }
}

export function connectHttp(base: string): Backend {
  return {
    kiosk: (command) => post(`${base}/kiosk`, command),
    desk: (command) => post(`${base}/desk`, command),
    wall: (command) => post(`${base}/wall`, command),
    leaveKiosk: async (pin) => {
      await post(`${base}/kiosk`, { type: "staff_exit", pin });
    },
    onChange: (changed) => {
      const stop = new AbortController();
      void watch(base, changed, stop.signal);
      return () => stop.abort();
    },
  };
}
