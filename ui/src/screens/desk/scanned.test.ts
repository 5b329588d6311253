import { cleanup, render, screen } from "@testing-library/svelte";
import { afterEach, expect, it } from "vitest";
import type { DeskReply } from "../../backend/generated/DeskReply";
import type { PaperVerdict } from "../../backend/generated/PaperVerdict";
import Desk from "./Desk.svelte";
import { checked, refusal, scripted, signed } from "./fixtures";

afterEach(cleanup);

const TOKEN = "LG1ABCDEFGH0123456789";

/** A scanner types a text and Enter, faster than anybody. */
function scan(): void {
  let at = 1000;
  for (const character of [...Array.from(TOKEN), ""]) {
    at += 6;
    const code = character === "" ? "Enter" : /\d/.test(character) ? `Digit${character}` : `Key${character}`;
    const event = new KeyboardEvent("keydown", {
      code,
      key: character || code,
      bubbles: true,
      cancelable: true,
    });
    Object.defineProperty(event, "timeStamp", { value: at });
    document.body.dispatchEvent(event);
  }
}

async function scanned(answer: () => DeskReply | ReturnType<typeof refusal>) {
  const backend = scripted({ find_ticket: answer });
  render(Desk, { props: { backend } });
  await screen.findByTestId("page-dispatch");
  scan();
  return backend;
}

it.each<[PaperVerdict, string, string]>([
  ["valid", "good", "✓"],
  ["replaced", "mind", "!"],
  ["expired", "bad", "✕"],
])("shows a slip that is %s by a word and a mark, with what stands on it", async (verdict, looks, mark) => {
  await scanned(() => ({ type: "ticket_check", data: { ...checked, verdict } }));
  const banner = await screen.findByTestId("ticket-verdict");
  expect(banner.dataset.verdict).toBe(looks);
  expect(banner.textContent).toContain(mark);
  expect(screen.getByTestId("ticket-verdict-words").textContent).not.toBe("");
  expect(screen.getByTestId("ticket-paper").textContent).toContain("05:10 由“自助机 1”签发");
});

it("shows a slip of another hall with whom to ask, and offers no agreement", async () => {
  await scanned(() => ({ type: "paper_elsewhere", data: { hall: 7, code: "7K4M-2Q", paper: signed } }));
  const banner = await screen.findByTestId("ticket-verdict");
  expect(banner.dataset.verdict).toBe("mind");
  expect(banner.textContent).toContain("报短码 7K4M-2Q");
  const facts = screen.getByTestId("paper-elsewhere").textContent;
  for (const fact of ["7 号大厅", "自助机 1", "第 4 号", "05:10", "11月22日 05:30"])
    expect(facts).toContain(fact);
  expect(screen.queryByTestId("agreement-make")).toBeNull();
});

it("calls a forged slip forged", async () => {
  const backend = await scanned(() => refusal("qr_forged", "签名不对，请告诉主管"));
  expect((await screen.findByTestId("ticket-refused-words")).textContent).toContain("假票");
  expect(screen.getByTestId("ticket-refused-why").textContent).toContain("签名不对");
  expect(backend.asked.some((command) => command.type === "find")).toBe(false);
});
