/**
 * An in-memory hall: a playground in any browser and the other side of unit tests. All people, firms and
 * numbers are invented.
 *
 * `?backend=fake&posts=240&setup=0&clock=bad&calls=3&down=1&delay=300&elsewhere=2&gives=600&fenced=1
 * &printer=out&prints=1200&mends=9000`
 */
import { HallError, type Backend } from "./backend";
import { FakeDesk } from "./fake/desk";
import { FakeHall, type Scenario } from "./fake/hall";
import { FakeKiosk } from "./fake/kiosk";
import { MANNERS } from "./fake/papers";
import { wallView } from "./fake/wall";

const DEFAULT_POSTS = 46;
const DEFAULT_PRINTS = 1200;

function scenarioOf(query: URLSearchParams): Scenario {
  const posts = Number(query.get("posts") ?? DEFAULT_POSTS);
  return {
    posts: Number.isFinite(posts) ? posts : DEFAULT_POSTS,
    setUp: query.get("setup") !== "0",
    trusted: query.get("clock") !== "bad",
    calls: Number(query.get("calls") ?? 0),
    down: query.get("down") === "1",
    elsewhere: Number(query.get("elsewhere") ?? 0),
    gives: Number(query.get("gives") ?? 0),
    fenced: query.get("fenced") === "1",
    printer: MANNERS.find((manner) => manner === query.get("printer")) ?? "ok",
    prints: Number(query.get("prints") ?? DEFAULT_PRINTS),
    mends: Number(query.get("mends") ?? 0),
    delay: Number(query.get("delay") ?? 0),
  };
}

export type FakeBackend = Backend & { readonly hall: FakeHall };

export function connectFake(query: URLSearchParams = new URLSearchParams()): FakeBackend {
  const hall = new FakeHall(scenarioOf(query));
  const kiosk = new FakeKiosk(hall);
  const desk = new FakeDesk(hall);
  const { scenario } = hall;

  /** Replies are copies, as they are from a real hall. */
  async function reply<T>(answer: () => T | Promise<T>): Promise<T> {
    if (scenario.delay > 0) {
      await new Promise((done) => setTimeout(done, scenario.delay));
    }
    if (scenario.down) {
      throw new HallError(null);
    }
    return structuredClone(await answer());
  }

  return {
    hall,
    kiosk: (command) => reply(() => kiosk.answer(command)),
    desk: (command) => reply(() => desk.answer(command)),
    wall: () => reply(() => ({ type: "view" as const, data: wallView(hall) })),
    leaveKiosk: async (pin) => {
      await reply(() => kiosk.answer({ type: "staff_exit", pin }));
    },
    writeStick: (name) => reply(() => desk.machines.writeStick(name)),
    readStick: (file) => reply(() => desk.machines.readStick(file)),
    onChange: (changed) => hall.onChange(changed),
  };
}
