// The machine on a stand: with an in-memory hall behind it and a clock that is moved by hand. Tests only.
import { connectFake } from "../../../backend/fake";
import { appErrorOf } from "../../../backend/backend";
import type { KioskReply } from "../../../backend/generated/KioskReply";
import { SETTLE, start, type Effect, type Event, type State } from "./state";
import { step } from "./step";

export const ID = "990101198001011234";

function stand(query = "") {
  const backend = connectFake(new URLSearchParams(query));
  const asked: string[] = [];
  let now = 1000;
  let state: State = start(now);

  async function answer(effect: Effect): Promise<KioskReply | null> {
    if (effect.type === "leave") {
      asked.push("leave");
      await backend.leaveKiosk(effect.pin);
      return null;
    }
    asked.push(effect.command.type);
    return backend.kiosk(effect.command);
  }

  function only(event: Event): readonly Effect[] {
    const [next, effects] = step(state, event, now);
    state = next;
    return effects;
  }

  async function send(event: Event): Promise<void> {
    const effects = only(event);
    const { generation } = state;
    for (const effect of effects) {
      const answered: Event = await answer(effect).then(
        (reply) => ({ type: "replied", generation, effect, reply }),
        (thrown: unknown) => ({ type: "failed", generation, effect, error: appErrorOf(thrown) }),
      );
      await send(answered);
    }
  }

  return {
    hall: backend.hall,
    asked,
    send,
    only,
    get state() {
      return state;
    },
    wait(ms: number) {
      now += ms;
    },
    async signIn() {
      for (const key of ID) {
        await send({ type: "type", key });
      }
      await send({ type: "submit" });
    },
    async claim(post = "p1") {
      await send({ type: "open_post", post });
      await send({ type: "want" });
      if (state.page.name === "identity") {
        await this.signIn();
      }
      now += SETTLE;
      await send({ type: "confirm" });
    },
  };
}

/** One that has started. */
export async function opened(query = "") {
  const kiosk = stand(query);
  await kiosk.send({ type: "boot" });
  return kiosk;
}
