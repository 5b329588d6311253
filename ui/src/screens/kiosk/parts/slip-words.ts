/** What the ticket page says of the slip: where it is, and what its worker does now. */
import type { PaperView } from "../../../backend/generated/PaperView";
import type { TicketView } from "../../../backend/generated/TicketView";
import type { IconName } from "../../../shared/components/icons";
import { kiosk } from "../../../shared/messages/kiosk";
import { papers } from "../../../shared/messages/papers";
import { cameBefore, isStopped, paperOf } from "../machine/slip";
import type { SlipState } from "../machine/state";

const words = kiosk.ticket;

export type SlipTone = "on_its_way" | "take" | "waiting" | "ask" | "plain";
export type SlipSaid = { tone: SlipTone; icon: IconName; title: string; hint: string; reprint: number };

type Said = Omit<SlipSaid, "reprint">;

/** Nothing is said before it is known whether there will be a paper. */
export function slipSaid(ticket: TicketView, slip: SlipState, window: string): SlipSaid | null {
  const paper = paperOf(ticket);
  if (paper === null) {
    return slip.is === "drawn" ? { tone: "plain", icon: "camera", ...words.noPrinter, reprint: 0 } : null;
  }
  return { ...paperSaid(paper, slip, window), reprint: paper.reprint };
}

function paperSaid(paper: PaperView, slip: SlipState, window: string): Said {
  switch (paper.state) {
    case "queued":
    case "sending":
    case "waiting":
      return comingSaid(paper);
    case "done":
      return outSaid(paper, slip, window);
    case "unconfirmed": {
      const { title, hint } = words.unconfirmed;
      return { tone: "ask", icon: "slip", title, hint };
    }
    case "failed":
      return { tone: "waiting", icon: "cross", title: words.lost.title, hint: words.lost.hint(window) };
    case "cancelled": {
      const { title, hint } = words.cancelled;
      return { tone: "plain", icon: "cross", title, hint: hint(window) };
    }
  }
}

function comingSaid(paper: PaperView): Said {
  if (paper.why !== null) {
    const hint = isStopped(paper) ? words.stopped.told : words.stopped.passes;
    return { tone: "waiting", icon: "warn", title: papers.trouble[paper.why], hint };
  }
  const { title, hint } = words.onItsWay;
  return {
    tone: "on_its_way",
    icon: "printer",
    title: paper.here ? title : words.outThere.onItsWay(paper.device),
    hint,
  };
}

function outSaid(paper: PaperView, slip: SlipState, window: string): Said {
  if (cameBefore(paper, slip)) {
    const { title, hint } = words.outBefore;
    return { tone: "plain", icon: "check", title, hint: hint(paper.at, window) };
  }
  const { title, hint } = words.out;
  return { tone: "take", icon: "check", title: paper.here ? title : words.outThere.out(paper.device), hint };
}
