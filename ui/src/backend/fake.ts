/** An in-memory hall: a playground in any browser (`?backend=fake`) and the other side of unit tests. */
import type { Backend } from "./backend";
import { answerDesk } from "./fake/desk";
import { refuse } from "./fake/error";

export function connectFake(_query: URLSearchParams): Backend {
  const changes = new Set<() => void>();
  return {
    kiosk: () => Promise.reject(refuse("internal", "演示数据还没有准备好。")),
    desk: answerDesk,
    wall: () => Promise.reject(refuse("internal", "演示数据还没有准备好。")),
    leaveKiosk: () => Promise.resolve(),
    onChange: (changed) => {
      changes.add(changed);
      return () => changes.delete(changed);
    },
  };
}
