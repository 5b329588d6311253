/** The desk's side of the in-memory hall: one supervisor, and the hall's machines. It keeps nothing but them. */
import type { DeskCommand } from "../generated/DeskCommand";
import type { DeskReply } from "../generated/DeskReply";
import type { DeskView } from "../generated/DeskView";
import type { StaffView } from "../generated/StaffView";
import type { Found } from "../generated/Found";
import { EMPLOYER, FakeCounter } from "./counter";
import { refuse } from "./error";
import { FAKE_PIN } from "./kiosk";
import type { FakeHall } from "./hall";
import { FakeMachines } from "./machines";
import { DESK } from "./papers";

const STAFF: StaffView[] = [
  { id: "s1", name: "王主管", role: "supervisor" },
  { id: "s2", name: "李敏", role: "clerk" },
];

export class FakeDesk {
  private person: StaffView | null = null;
  readonly machines: FakeMachines;
  private readonly counter: FakeCounter;

  constructor(private readonly hall: FakeHall) {
    this.machines = new FakeMachines(hall);
    this.counter = new FakeCounter(hall);
  }

  answer(command: DeskCommand): DeskReply {
    switch (command.type) {
      case "view":
        return { type: "view", data: this.view() };
      case "log_in":
        if (command.pin !== FAKE_PIN) {
          throw refuse("wrong_pin", `密码不对，请再输一次（演示数据的密码是 ${FAKE_PIN}）。`);
        }
        this.person = STAFF.find(({ id }) => id === command.staff) ?? null;
        return { type: "view", data: this.view() };
      case "lock":
        this.person = null;
        return { type: "done" };
      case "devices":
        return { type: "devices", data: this.machines.devices() };
      case "add_device":
        return { type: "invitation", data: this.machines.invite() };
      case "revoke_device":
        return { type: "devices", data: this.machines.revoke(command.device) };
      case "custody":
        return { type: "custody", data: this.machines.custody(command.post) };
      case "reclaim":
        if (command.overriding !== null && command.overriding.pin !== FAKE_PIN) {
          throw refuse("wrong_pin", "密码不对，请再输一次。");
        }
        return { type: "custody", data: this.machines.reclaim(command) };
      case "find_ticket":
        return { type: "ticket_check", data: this.counter.find() };
      case "check_agreement":
        return { type: "agreement_check", data: this.counter.check() };
      case "preview_agreement":
        return { type: "agreement_preview", data: this.counter.preview(command) };
      case "record_insurance":
        return { type: "insurance", data: this.counter.record(command.form) };
      case "make_agreement":
        return { type: "agreement", data: this.counter.make(command) };
      case "slip":
        return { type: "slip", data: this.counter.slip(command.ticket) };
      case "worker":
        return { type: "worker", data: this.counter.worker(command.worker) };
      case "issue_card":
        return { type: "slip", data: this.counter.card() };
      case "printers":
        return { type: "printers", data: this.hall.papers.view() };
      case "assign_printer":
        return { type: "printers", data: this.hall.papers.assign(command.form) };
      case "find_printers":
        return { type: "printers_found", data: this.hall.papers.found() };
      case "test_page":
        this.hall.papers.order(DESK, command.used_for === "slips" ? "test" : "test_sheet", "", null);
        return { type: "printers", data: this.hall.papers.view() };
      case "cancel_paper":
        return { type: "printers", data: this.hall.papers.cancel(command.paper) };
      case "paper_came":
        return { type: "printers", data: this.hall.papers.came(command.paper, command.came) };
      case "print_again":
        return { type: "printers", data: this.hall.papers.again(command.paper) };
      case "post":
        return this.post(command.post);
      case "waiting":
        return { type: "waiting", data: [] };
      case "day":
        return { type: "tickets", data: this.hall.tickets };
      case "employers":
        return { type: "employers", data: [] };
      case "find":
        return { type: "found", data: this.find(command.text) };
      default:
        throw refuse("bad_command", `演示数据不会做这件事：${command.type}。`);
    }
  }

  private find(text: string): Found {
    const workers = text.startsWith("王") ? [this.counter.worker("w1")] : [];
    const tickets = /^a\d/i.test(text) ? [this.counter.find().ticket] : [];
    return { workers, posts: [], tickets, employers: [] };
  }

  private post(id: string): DeskReply {
    const { card, employer, content, requirements } = this.hall.post(id);
    return {
      type: "post",
      data: {
        card,
        employer: { ...EMPLOYER, name: employer },
        form: {
          employer: "e1",
          trade: card.trade,
          title: card.title,
          content,
          address: card.address,
          first_day: card.first_day,
          last_day: card.last_day,
          start: card.start,
          end: card.end,
          rest_minutes: 60,
          days_per_week: 0,
          places: String(card.places),
          pay: String(card.pay.amount / 100),
          unit: card.pay.unit,
          settlement: card.pay.settlement,
          meals: card.meals,
          transport: card.transport,
          requirements,
          insurance: "",
          protection: "",
          hazards: [],
          certificate: "",
          bring: card.bring,
          contact_name: "",
          contact_phone: "",
          contact_public: false,
          urgent: card.urgent,
          probation_days: 0,
        },
        tickets: this.hall.tickets.filter((ticket) => ticket.post.id === id),
        offered: 0,
        offerable: 0,
      },
    };
  }

  private view(): DeskView {
    const open = this.person !== null;
    const { hall, tickets } = this.hall;
    return {
      set_up: this.hall.scenario.setUp,
      staff: STAFF,
      session: this.person === null ? null : { staff: this.person, lock_after_seconds: 300 },
      hall,
      county: "990101",
      edition: this.hall.edition(),
      clock: this.hall.clock(),
      posts: open ? this.hall.posts.map(({ card, employer }) => ({ card, employer })) : [],
      waiting: [],
      tickets: open ? tickets.map((ticket) => this.counter.withSlip(ticket)) : [],
      figures: {
        signed_in: 0,
        placed: 0,
        success_percent: null,
        open_posts: this.hall.posts.length,
        places_left: this.hall.posts.reduce((sum, { card }) => sum + card.left, 0),
        confirmed: tickets.filter(({ state }) => state === "confirmed").length,
        standby: tickets.filter(({ state }) => state === "provisional").length,
      },
      minimum_wage: "最低工资 22 元/时 · 2210 元/月",
      help: [],
      notices: [],
      stored: { last: "1.1.312", ops: 312, in_hall: 300, at_county: 100, lines: this.machines.lines() },
      trades: [],
      hazards: [],
      certificates: [],
    };
  }
}
