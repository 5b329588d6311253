/** The state of the in-memory hall and the acts that change it. Nothing here is kept. */
import type { ClockView } from "../generated/ClockView";
import type { EditionView } from "../generated/EditionView";
import type { HallView } from "../generated/HallView";
import type { PlaceView } from "../generated/PlaceView";
import type { PostCard } from "../generated/PostCard";
import type { PostDetail } from "../generated/PostDetail";
import type { TicketView } from "../generated/TicketView";
import { refuse } from "./error";
import { FakePapers, type Manner } from "./papers";
import { makePosts } from "./posts";

const TODAY = "2026-11-20";
const OPENED_AT = 8 * 60 + 41;
const FIRST_EDITION_AT = 3 * 60;

export type Scenario = {
  posts: number;
  setUp: boolean;
  trusted: boolean;
  /** How many promoted tickets the wall calls. */
  calls: number;
  /** Every question fails. */
  down: boolean;
  /** Places of the posts without any here that lie on other machines. */
  elsewhere: number;
  /** After how many milliseconds another machine gives one; 0 for never. */
  gives: number;
  /** This machine must start anew. */
  fenced: boolean;
  /** How the printers are. */
  printer: Manner;
  /** How long each step of a paper takes, in milliseconds. */
  prints: number;
  /** After how many milliseconds somebody puts paper in; 0 for never. */
  mends: number;
  /** Waits before each answer, in milliseconds. */
  delay: number;
};

const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

export class FakeHall {
  readonly scenario: Scenario;
  readonly posts: PostDetail[];
  readonly tickets: TicketView[] = [];
  readonly papers: FakePapers;
  readonly hall: HallView = {
    name: "奎山示范零工客栈",
    address: "奎山县人民路 6 号",
    phone: "0000-1234567",
    window: "2 号窗口",
  };
  private readonly changes = new Set<() => void>();
  private readonly began = Date.now();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.posts = makePosts(scenario.posts, TODAY, scenario.elsewhere);
    this.papers = new FakePapers(this);
  }

  onChange(changed: () => void): () => void {
    this.changes.add(changed);
    return () => this.changes.delete(changed);
  }

  changed(): void {
    for (const tell of this.changes) {
      tell();
    }
  }

  clock(): ClockView {
    return { day: TODAY, time: clockText(this.minutes()), trusted: this.scenario.trusted };
  }

  edition(): EditionView {
    const slot = Math.floor(this.minutes() / 30) * 30;
    return {
      number: (slot - FIRST_EDITION_AT) / 30 + 1,
      at: clockText(slot),
      as_of: clockText(slot - 1),
      next: clockText(slot + 30),
    };
  }

  post(id: string): PostDetail {
    const found = this.posts.find((post) => post.card.id === id);
    if (found === undefined) {
      throw refuse("not_found", "这个活已经撤下了，请看看别的活。");
    }
    return found;
  }

  claim(id: string, worker: string, maskedName: string): TicketView {
    const detail = this.post(id);
    const { card } = detail;
    if (card.closed) {
      throw refuse("post_closed", "这个活不招了，请看看别的活。");
    }
    const clash = this.live(worker).find((ticket) => overlaps(ticket.post, card));
    if (clash !== undefined) {
      throw refuse(
        "overlap",
        `这个时间你已经接了「${clash.post.trade}」。要换活，先在「我的活」里退掉那一个。`,
      );
    }
    const confirmed = this.scenario.trusted && card.left > 0;
    if (confirmed) {
      card.left -= 1;
    } else {
      card.standbys += 1;
    }
    const number = this.tickets.length + 37;
    const ticket: TicketView = {
      id: `t${number}`,
      number: `A${String(number).padStart(3, "0")}`,
      code: `7K4M-2${"QRSTVWXYZ"[number % 9] ?? "Q"}`,
      state: confirmed ? "confirmed" : "provisional",
      place: confirmed ? nextPlace(card) : null,
      standby: confirmed
        ? null
        : {
            position: card.standbys,
            decide_by: card.start,
            reason: !this.scenario.trusted ? "clock_untrusted" : card.elsewhere > 0 ? "none_here" : "full",
            elsewhere: card.elsewhere,
          },
      promoted: false,
      post: card,
      masked_name: maskedName,
      worker,
      contact_name: "王师傅",
      contact_phone: detail.contact === null ? "" : "138 0000 0000",
      taken_at: clockText(this.minutes()),
      can_release: true,
      release_until: "08:55",
      reach: "device",
      paid: null,
      agreement: null,
      slip: null,
    };
    this.tickets.push(ticket);
    if (ticket.standby?.reason === "none_here" && this.scenario.gives > 0) {
      setTimeout(() => this.placeComes(ticket.id), this.scenario.gives);
    }
    this.changed();
    return ticket;
  }

  release(id: string): void {
    const ticket = this.ticket(id);
    if (ticket.state === "confirmed") {
      ticket.post.left += 1;
    }
    ticket.state = "released";
    ticket.can_release = false;
    this.promote(ticket.post);
    this.changed();
  }

  unpaid(id: string): void {
    this.ticket(id).paid = false;
    this.changed();
  }

  ticket(id: string): TicketView {
    const found = this.tickets.find((ticket) => ticket.id === id);
    if (found === undefined) {
      throw refuse("not_found", "没有找到这张小票，请到窗口。");
    }
    return found;
  }

  of(worker: string): TicketView[] {
    return this.tickets.filter((ticket) => ticket.worker === worker);
  }

  private live(worker: string): TicketView[] {
    return this.of(worker).filter((ticket) => ticket.state === "confirmed" || ticket.state === "provisional");
  }

  /** Another machine gave this one a place: it is the ticket's. */
  placeComes(id: string): void {
    const ticket = this.ticket(id);
    if (ticket.post.elsewhere > 0) {
      ticket.post.elsewhere -= 1;
      ticket.post.left += 1;
      this.promote(ticket.post);
      this.changed();
    }
  }

  private promote(card: PostCard): void {
    const next = this.tickets.find((ticket) => ticket.post.id === card.id && ticket.state === "provisional");
    if (next !== undefined && card.left > 0) {
      card.left -= 1;
      card.standbys -= 1;
      next.state = "confirmed";
      next.promoted = true;
      next.standby = null;
      next.place = nextPlace(card);
    }
  }

  private minutes(): number {
    return OPENED_AT + Math.floor((Date.now() - this.began) / 60_000);
  }
}

const nextPlace = (card: PostCard): PlaceView => ({
  index: card.places - card.left - card.elsewhere,
  of: card.places,
});

const overlaps = (a: PostCard, b: PostCard): boolean =>
  a.first_day <= b.last_day && b.first_day <= a.last_day && a.start < b.end && b.start < a.end;
