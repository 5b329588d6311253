/** Which page of the round is on the wall. Pure; a page flips at once and none is passed over. */
export type Rotation = { page: number; since: number };

export const FIRST: Rotation = { page: 0, since: 0 };

/** The page at `now`; a round that shrank goes on from its beginning. */
export function turn(rotation: Rotation, pages: number, pageMs: number, now: number): Rotation {
  if (pages === 0) {
    return { page: 0, since: now };
  }
  if (rotation.page >= pages) {
    return { page: 0, since: now };
  }
  return now - rotation.since >= pageMs ? { page: (rotation.page + 1) % pages, since: now } : rotation;
}

const DAY_MINUTES = 24 * 60;

/** `hh:mm` some milliseconds after the hall said what time it is. */
export function clockAfter(time: string, elapsedMs: number): string {
  const [hour = "0", minute = "0"] = time.split(":");
  const total = (Number(hour) * 60 + Number(minute) + Math.floor(elapsedMs / 60_000)) % DAY_MINUTES;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(total / 60))}:${two(total % 60)}`;
}
