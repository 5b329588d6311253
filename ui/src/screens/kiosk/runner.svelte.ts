/**
 * Runs the machine: asks what it wants asked, one question at a time and in order, and brings it time, touches,
 * scans and answers. Holds no facts of its own.
 */
import { appErrorOf, HallError, type Backend } from "../../backend/backend";
import type { AppError } from "../../backend/generated/AppError";
import type { KioskReply } from "../../backend/generated/KioskReply";
import { start, type Effect, type Event, type State } from "./machine/state";
import { step } from "./machine/step";

const TICK_MS = 250;
const POLL_MS = 10_000;
/** Longer than any answer takes; a person must not stand before a dead button. */
const ANSWER_MS = 12_000;

export type Kiosk = {
  readonly state: State;
  readonly send: (event: Event) => void;
  readonly stop: () => void;
};

export function runKiosk(backend: Backend, clock: () => number = () => performance.now()): Kiosk {
  let state: State = $state.raw(start(clock()));
  let queue: Promise<void> = Promise.resolve();

  function send(event: Event): void {
    const [next, effects] = step(state, event, clock());
    state = next;
    const { generation } = next;
    for (const effect of effects) {
      queue = queue.then(() => run(effect, generation));
    }
  }

  async function run(effect: Effect, generation: number): Promise<void> {
    try {
      const reply = await inTime(answer(backend, effect));
      send({ type: "replied", generation, effect, reply });
    } catch (thrown) {
      const error: AppError | null = appErrorOf(thrown);
      send({ type: "failed", generation, effect, error });
    }
  }

  const stopListening = backend.onChange(() => send({ type: "changed" }));
  const ticking = setInterval(() => send({ type: "tick" }), TICK_MS);
  const polling = setInterval(() => send({ type: "poll" }), POLL_MS);
  send({ type: "boot" });

  return {
    get state() {
      return state;
    },
    send,
    stop() {
      stopListening();
      clearInterval(ticking);
      clearInterval(polling);
    },
  };
}

async function answer(backend: Backend, effect: Effect): Promise<KioskReply | null> {
  if (effect.type === "leave") {
    await backend.leaveKiosk(effect.pin);
    return null;
  }
  return backend.kiosk(effect.command);
}

function inTime<T>(asked: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new HallError(null)), ANSWER_MS);
    asked.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
