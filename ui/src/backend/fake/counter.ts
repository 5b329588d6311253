/** What the desk of the in-memory hall does with a ticket and with a card: check, agreement, slip. */
import type { AgreementCheck } from "../generated/AgreementCheck";
import type { AgreementMadeView } from "../generated/AgreementMadeView";
import type { AgreementPreview } from "../generated/AgreementPreview";
import type { DeskCommand } from "../generated/DeskCommand";
import type { EmployerView } from "../generated/EmployerView";
import type { InsuranceView } from "../generated/InsuranceView";
import type { SlipView } from "../generated/SlipView";
import type { TicketCheck } from "../generated/TicketCheck";
import type { TicketView } from "../generated/TicketView";
import type { WorkerView } from "../generated/WorkerView";
import { refuse } from "./error";
import type { FakeHall } from "./hall";
import { drawPages } from "./page";
import { DESK } from "./papers";
import { drawSlip } from "./slip";

export const EMPLOYER: EmployerView = {
  id: "e1",
  kind: "organisation",
  name: "奎山鸿运物业服务有限公司",
  masked_code: "91370000********0X",
  address: "奎山县人民路 8 号",
  legal_head: "孙二",
  agent: "周三",
  phone: "0000-7654321",
  papers_seen: "营业执照",
  posts: 1,
};

const WORKER: WorkerView = {
  id: "w1",
  name: "王一明",
  masked_id_number: "990101********1234",
  masked_phone: "138****0000",
  sex: "male",
  age: 46,
  trades: ["小工"],
  certificates: [],
  post_type: null,
  pension: false,
  student: false,
  card: 1,
  visit: 12,
};

const CHECK: AgreementCheck = { agreement: "service_agreement", flags: [], findings: [], blocked: false };

export class FakeCounter {
  private insurance: InsuranceView | null = null;

  constructor(private readonly hall: FakeHall) {}

  /** Any code finds the first ticket; without one somebody takes the first post. */
  find(): TicketCheck {
    const ticket = this.hall.tickets[0] ?? this.hall.claim("p1", WORKER.id, "王*明");
    return {
      valid: true,
      message: "名额在，可以打协议",
      verdict: "valid",
      paper: null,
      ticket: this.withSlip(ticket),
      worker: WORKER,
      employer: EMPLOYER,
      check: CHECK,
      insurance: this.insurance,
    };
  }

  withSlip(ticket: TicketView): TicketView {
    return { ...ticket, slip: this.hall.papers.slipOf(ticket.id, DESK) };
  }

  check(): AgreementCheck {
    return CHECK;
  }

  record(policy: InsuranceView["policy"]): InsuranceView {
    this.insurance = { policy, by: "李敏", at: "05:12" };
    return this.insurance;
  }

  preview({ ticket: id, form }: Extract<DeskCommand, { type: "preview_agreement" }>): AgreementPreview {
    const { number, post } = this.hall.ticket(id);
    const { insurance } = form;
    const lines = ["劳务协议", `编号：示-2026-${number}`, `甲方：${EMPLOYER.name}`, `乙方：${WORKER.name}`];
    lines.push(`工种：${post.title}`, `地点：${post.address}`);
    if (insurance !== null) {
      lines.push(`意外伤害保险（以保险单为准）：${insurance.insurer}，${insurance.number}`);
    }
    return drawPages(lines, form.hall_copy ? 3 : 2);
  }

  make({ ticket: id, form }: Extract<DeskCommand, { type: "make_agreement" }>): AgreementMadeView {
    const { number } = this.hall.ticket(id);
    if (form.insurance !== null) this.record(form.insurance);
    return {
      number: `示-2026-${number}`,
      agreement: "service_agreement",
      pages: form.hall_copy ? 6 : 4,
      copies: form.hall_copy ? 3 : 2,
      file: { name: `${number}.pdf`, data: "" },
      path: `/var/lib/linggong-hall/spool/${number}.pdf`,
      missing: [],
      paper: this.hall.papers.order(DESK, "agreement", number, id),
    };
  }

  slip(id: string): SlipView {
    const ticket = this.hall.ticket(id);
    const kind = ticket.place === null ? "standby" : "slip";
    return drawSlip(ticket, this.hall.hall.name, this.hall.papers.order(DESK, kind, ticket.number, id));
  }

  worker(id: string): WorkerView {
    if (id !== WORKER.id) {
      throw refuse("not_found", "没有找到这个人。");
    }
    return WORKER;
  }

  /** A card's face is drawn by the real hall only; what matters here is its way through the printer. */
  card(): SlipView {
    const { ticket } = this.find();
    const code = "7K4M-9R";
    return {
      ...drawSlip(ticket, this.hall.hall.name, this.hall.papers.order(DESK, "card", code, null)),
      code,
    };
  }
}
