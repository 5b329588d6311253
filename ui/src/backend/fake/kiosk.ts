/** The kiosk's side of the in-memory hall: one person at a time. */
import type { BoardFilter } from "../generated/BoardFilter";
import type { BoardPage } from "../generated/BoardPage";
import type { Credential } from "../generated/Credential";
import type { KioskCommand } from "../generated/KioskCommand";
import type { KioskReply } from "../generated/KioskReply";
import type { KioskView } from "../generated/KioskView";
import type { PostCard } from "../generated/PostCard";
import type { SlipView } from "../generated/SlipView";
import type { TicketView } from "../generated/TicketView";
import type { WorkerSession } from "../generated/WorkerSession";
import { refuse } from "./error";
import type { FakeHall } from "./hall";
import { KIOSK } from "./papers";
import { drawSlip } from "./slip";

const PAGE = 6;
export const FAKE_PIN = "246810";

export class FakeKiosk {
  private worker: string | null = null;

  constructor(private readonly hall: FakeHall) {}

  answer(command: KioskCommand): KioskReply {
    switch (command.type) {
      case "view":
        return { type: "view", data: this.view() };
      case "board":
        return { type: "board", data: this.board(command.filter, command.page) };
      case "post":
        return { type: "post", data: this.hall.post(command.post) };
      case "sign_in":
        return { type: "session", data: this.signIn(command.credential) };
      case "sign_out":
        this.worker = null;
        return { type: "done" };
      case "claim":
        return {
          type: "ticket",
          data: this.hall.claim(command.post, this.known(), maskedName(this.known())),
        };
      case "release":
        this.hall.release(command.ticket);
        return { type: "session", data: this.session(this.known()) };
      case "slip":
        return { type: "slip", data: this.slip(command.ticket) };
      case "slip_came": {
        const paper = this.hall.papers.slipOf(command.ticket, KIOSK);
        this.hall.papers.came(paper?.id ?? "", command.came);
        return { type: "session", data: this.session(this.known()) };
      }
      case "report_unpaid":
        this.hall.unpaid(command.ticket);
        return { type: "session", data: this.session(this.known()) };
      case "call_help":
        return { type: "done" };
      case "staff_exit":
        if (command.pin !== FAKE_PIN) {
          throw refuse("wrong_pin", "口令不对，请再输一次。");
        }
        return { type: "done" };
    }
  }

  private view(): KioskView {
    const counts = new Map<string, number>();
    for (const { card } of this.hall.posts) {
      counts.set(card.trade, (counts.get(card.trade) ?? 0) + 1);
    }
    return {
      hall: this.hall.hall,
      edition: this.hall.edition(),
      clock: this.hall.clock(),
      open_posts: this.hall.posts.length,
      trades: [...counts].map(([trade, posts]) => ({ trade, posts })).sort((a, b) => b.posts - a.posts),
      days: [...new Set(this.hall.posts.map(({ card }) => card.first_day))].sort(),
      set_up: this.hall.scenario.setUp,
      printer: this.hall.papers.health(),
      session: this.worker === null ? null : this.session(this.worker),
    };
  }

  private board(filter: BoardFilter, page: number): BoardPage {
    const posts = this.hall.posts.map(({ card }) => card).filter((card) => fits(card, filter));
    const pages = Math.max(1, Math.ceil(posts.length / PAGE));
    const at = Math.min(page, pages - 1);
    return { posts: posts.slice(at * PAGE, (at + 1) * PAGE), page: at, pages, total: posts.length };
  }

  private signIn(credential: Credential): WorkerSession {
    if (credential.by === "card" && credential.text.endsWith("BAD")) {
      throw refuse("bad_card", "这张卡读不出来。请按身份证号签到，或者到窗口换一张。");
    }
    if (credential.text.endsWith("0000")) {
      throw refuse("worker_unknown", "这里没有你的登记。请带身份证到 2 号窗口，一分钟就办好。");
    }
    this.worker = credential.text;
    return this.session(credential.text);
  }

  private session(worker: string): WorkerSession {
    return {
      masked_name: maskedName(worker),
      visit: 12,
      signed_in_at: "05:12",
      trades: ["小工", "装卸"],
      tickets: this.hall.of(worker).map((ticket) => this.withSlip(ticket)),
    };
  }

  private withSlip(ticket: TicketView): TicketView {
    return { ...ticket, slip: this.hall.papers.slipOf(ticket.id, KIOSK) };
  }

  /** Ordered once, unless the one that there was is surely lost. */
  private slip(id: string): SlipView {
    const ticket = this.hall.ticket(id);
    const kind = ticket.place === null ? "standby" : "slip";
    const last = this.hall.papers.slipOf(id, KIOSK);
    const stands = last?.kind === kind && last.why !== "too_late" && last.state !== "cancelled";
    const paper = stands ? last : this.hall.papers.order(KIOSK, kind, ticket.number, id);
    return drawSlip(ticket, this.hall.hall.name, paper);
  }

  private known(): string {
    if (this.worker === null) {
      throw refuse("not_signed_in", "请先刷卡，或者按身份证号签到。");
    }
    return this.worker;
  }
}

const maskedName = (worker: string): string => (worker.startsWith("LG") ? "李*" : "王*明");

function fits(card: PostCard, filter: BoardFilter): boolean {
  const dayPay = card.pay.unit === "hour" ? card.pay.amount * 8 : card.pay.amount;
  return (
    (filter.trade === null || card.trade === filter.trade) &&
    (filter.day === null || card.first_day === filter.day) &&
    (!filter.meals || card.meals !== "none") &&
    (!filter.transport || card.transport) &&
    (filter.day_pay_min === null || dayPay >= filter.day_pay_min)
  );
}
