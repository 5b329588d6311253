import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeskCommand } from "../../backend/generated/DeskCommand";
import type { InsuranceView } from "../../backend/generated/InsuranceView";
import type { TicketCheck } from "../../backend/generated/TicketCheck";
import Desk from "./Desk.svelte";
import { checked, openView, refusal, scripted, ticket, type Script } from "./fixtures";

// What the test environment lacks of a browser.
beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.getClientRects = () => [] as unknown as DOMRectList;
});
afterEach(cleanup);

const at = (testid: string) => screen.findByTestId(testid);
const click = async (testid: string) => fireEvent.click(await at(testid));
const type = async (testid: string, value: string) =>
  fireEvent.input(await at(testid), { target: { value } });
const key = (name: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(window, { key: name, ...more });

const insured: InsuranceView = {
  policy: {
    insurer: "示范财险",
    number: "P1",
    days: 1,
    sum: 500_000,
    payer: "employer",
    claim_phone: "95519",
  },
  by: "李敏",
  at: "05:10",
};

const preview: Script = {
  preview_agreement: () => ({
    type: "agreement_preview",
    data: {
      agreement: "task_contract",
      copies: 2,
      pages: ["A1", "A2", "B1", "B2"],
      width: 1240,
      height: 1754,
      missing: [],
    },
  }),
};

/** The page of a ticket whose check `now` says. */
async function open(now: () => TicketCheck, script: Script = {}) {
  const backend = scripted({
    view: () => ({ type: "view", data: { ...openView } }),
    find_ticket: () => ({ type: "ticket_check", data: now() }),
    find: () => ({ type: "found", data: { workers: [], posts: [], tickets: [ticket], employers: [] } }),
    check_agreement: () => ({ type: "agreement_check", data: checked.check }),
    ...preview,
    ...script,
  });
  render(Desk, { props: { backend } });
  await at("page-dispatch");
  await type("search", ticket.code);
  await fireEvent.keyDown(await at("search"), { key: "Enter" });
  await at("page-ticket");
  const asked = (what: DeskCommand["type"]) => backend.asked.filter((command) => command.type === what);
  return asked;
}

const shown = () => screen.getByTestId("preview-page").getAttribute("src")?.split(",")[1];

describe("the agreement before it is made", () => {
  it("is looked at page by page with the keys, and made by Enter, once", async () => {
    const asked = await open(() => checked, {
      make_agreement: () => ({
        type: "agreement",
        data: {
          number: "X-1",
          agreement: "task_contract",
          pages: 4,
          copies: 2,
          file: { name: "x.pdf", data: "" },
          path: "/x.pdf",
          missing: [],
          paper: null,
        },
      }),
    });
    await click("agreement-identities");
    await key("p");
    await at("preview-page");
    expect(shown()).toBe("A1");
    expect((await at("preview-at")).textContent).toBe("甲方联 第 1 页，共 2 页");
    await key("ArrowLeft");
    expect(shown()).toBe("A1");
    await key("ArrowRight");
    await key("ArrowRight");
    await waitFor(() => expect(shown()).toBe("B1"));
    expect((await at("preview-at")).textContent).toBe("乙方联 第 1 页，共 2 页");
    await key("ArrowRight");
    await key("ArrowRight");
    await waitFor(() => expect(shown()).toBe("B2"));
    expect(asked("make_agreement")).toEqual([]);
    await key("Enter", { repeat: true });
    expect(asked("make_agreement")).toEqual([]);
    await key("Enter");
    await key("Enter");
    await at("agreement-made");
    await waitFor(() => expect(screen.queryByTestId("preview-dialog")).toBeNull());
    expect(asked("make_agreement")).toHaveLength(1);
  });

  it("is not shown before both papers were checked", async () => {
    const asked = await open(() => checked);
    await at("agreement-identities");
    await key("p");
    await screen.findByText("打协议前要核对双方证件，然后打勾。");
    expect(screen.queryByTestId("preview-dialog")).toBeNull();
    expect(asked("preview_agreement")).toEqual([]);
  });

  it("says why there are no pages, and nothing can be made then", async () => {
    const asked = await open(() => checked, {
      preview_agreement: () => refusal("too_late", "这张接单没有名额"),
    });
    await click("agreement-identities");
    await key("p");
    expect((await at("preview-refused")).textContent).toContain("这张接单没有名额");
    expect(screen.queryByTestId("preview-make")).toBeNull();
    await key("Enter");
    expect(asked("make_agreement")).toEqual([]);
    await click("preview-back");
    await waitFor(() => expect(screen.queryByTestId("preview-dialog")).toBeNull());
  });

  it("goes on to the supervisor when the rules hold it up", async () => {
    const finding = {
      code: "overtime",
      severity: "block" as const,
      message: "太长",
      source: "劳动法 41",
      phrase: null,
    };
    await open(() => checked, { make_agreement: () => refusal("blocked", "要主管", [finding]) });
    await click("agreement-identities");
    await key("p");
    await click("preview-make");
    await at("override-dialog");
    expect(screen.queryByTestId("preview-dialog")).toBeNull();
  });
});

describe("the policy of a ticket", () => {
  it("is recorded when it comes later, shown with who said so, and goes onto the next paper", async () => {
    let known: InsuranceView | null = null;
    const asked = await open(() => ({ ...checked, insurance: known }), {
      record_insurance: () => {
        known = insured;
        return { type: "insurance", data: insured };
      },
    });
    expect((await at("ticket-insurance")).textContent).toContain("没有记过");
    await key("i");
    await type("insurance-insurer", "示范财险");
    await fireEvent.submit((await at("insurance-save")).closest("form") as HTMLFormElement);
    expect(asked("record_insurance")).toEqual([]);
    await type("insurance-number", "P1");
    await type("insurance-sum", "500000");
    await type("insurance-phone", "95519");
    await fireEvent.submit((await at("insurance-save")).closest("form") as HTMLFormElement);
    await waitFor(() => expect(screen.queryByTestId("insurance-dialog")).toBeNull());
    expect(asked("record_insurance")).toEqual([
      { type: "record_insurance", ticket: ticket.id, form: insured.policy },
    ]);
    await waitFor(() => expect(screen.getByTestId("ticket-insurance").textContent).toContain("50 万元"));
    const card = await at("ticket-insurance");
    expect(card.textContent).toContain("05:10 李敏记录");
    expect(card.textContent).toContain("以保险单为准");
    await click("agreement-identities");
    await key("p");
    await at("preview-page");
    expect(asked("preview_agreement")[0]).toMatchObject({ form: { insurance: insured.policy } });
  });

  it("is there to be corrected, and can be left off the paper", async () => {
    const asked = await open(() => ({ ...checked, insurance: insured }));
    await key("i");
    const dialog = await at("insurance-dialog");
    expect(within(dialog).getByTestId("insurance-number")).toHaveProperty("value", "P1");
    await fireEvent(dialog, new Event("cancel", { cancelable: true }));
    await waitFor(() => expect(screen.queryByTestId("insurance-dialog")).toBeNull());
    await click("agreement-insured");
    await click("agreement-identities");
    await key("p");
    await at("preview-page");
    expect(asked("preview_agreement")[0]).toMatchObject({ form: { insurance: null } });
    expect(asked("record_insurance")).toEqual([]);
  });
});

it("says of an agreement that was made whether both sides let the hall keep a copy", async () => {
  const agreement = { agreement: "task_contract" as const, number: "X-1", file: "x.pdf", hall_copy: true };
  await open(() => ({ ...checked, ticket: { ...ticket, agreement } }));
  expect((await at("agreement-already")).textContent).toContain("双方同意大厅留存一份");
});
