/** Chooses who answers: the shell when there is one, else what `?backend=` names. */
import type { Backend } from "./backend";

export async function connect(place: Location = window.location): Promise<Backend> {
  if ("__TAURI_INTERNALS__" in window) {
    const { connectTauri } = await import("./tauri");
    return connectTauri();
  }
  const query = new URLSearchParams(place.search);
  const named = query.get("backend");
  if (named === "fake") {
    const { connectFake } = await import("./fake");
    return connectFake(query);
  }
  const { connectHttp } = await import("./http");
  return connectHttp(named ?? "");
}
