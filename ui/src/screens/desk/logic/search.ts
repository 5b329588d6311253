// The one search box: what `find` brought, in groups, as one line of hits that the arrow keys walk.

import type { EmployerView } from "../../../backend/generated/EmployerView";
import type { Found } from "../../../backend/generated/Found";
import type { PostCard } from "../../../backend/generated/PostCard";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { WorkerView } from "../../../backend/generated/WorkerView";

export type Hit =
  | { kind: "worker"; id: string; worker: WorkerView }
  | { kind: "post"; id: string; post: PostCard }
  | { kind: "ticket"; id: string; ticket: TicketView }
  | { kind: "employer"; id: string; employer: EmployerView };

export interface HitGroup {
  kind: Hit["kind"];
  hits: Hit[];
  /** How many more there are than are shown. */
  more: number;
}

const GROUP_HITS_MAX = 6;

/** Tickets first: somebody stands at the window with a slip in the hand. */
export function groupsOf(found: Found): HitGroup[] {
  const groups: [Hit["kind"], Hit[]][] = [
    ["ticket", found.tickets.map((ticket) => ({ kind: "ticket", id: `ticket-${ticket.id}`, ticket }))],
    ["worker", found.workers.map((worker) => ({ kind: "worker", id: `worker-${worker.id}`, worker }))],
    ["post", found.posts.map((post) => ({ kind: "post", id: `post-${post.id}`, post }))],
    [
      "employer",
      found.employers.map((employer) => ({ kind: "employer", id: `employer-${employer.id}`, employer })),
    ],
  ];
  return groups
    .filter(([, hits]) => hits.length > 0)
    .map(([kind, hits]) => ({
      kind,
      hits: hits.slice(0, GROUP_HITS_MAX),
      more: Math.max(0, hits.length - GROUP_HITS_MAX),
    }));
}

export function hitsOf(groups: readonly HitGroup[]): Hit[] {
  return groups.flatMap((group) => group.hits);
}

const TOKEN_LENGTH_MIN = 20;

/** A slip's whole code, pasted or typed by a slow scanner: it is checked, not searched for. */
export function isToken(text: string): boolean {
  const token = text.trim();
  return token.length >= TOKEN_LENGTH_MIN && /^LG1[0-9A-Z]+$/i.test(token);
}
