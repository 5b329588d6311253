import { render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectFake } from "../../backend/fake";
import Wall from "./Wall.svelte";

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

const rows = (): HTMLElement[] => screen.queryAllByTestId("wall-post");
const row = (post: string): HTMLElement | undefined => rows().find((it) => it.dataset["post"] === post);

test("a post that has just been filled is struck out at the change", async () => {
  const backend = connectFake();
  render(Wall, { backend });
  await waitFor(() => expect(row("p1")?.dataset["full"]).toBe("false"));
  backend.hall.claim("p1", "somebody", "某*");
  backend.hall.post("p1").card.left = 0;
  backend.hall.changed();
  await waitFor(() => expect(row("p1")?.dataset["full"]).toBe("true"));
  expect(row("p1")?.textContent).toContain("已招满");
});

test("a post is full only when no place lies on another machine, and no number is made up", async () => {
  render(Wall, { backend: connectFake(new URLSearchParams("elsewhere=2")) });
  await waitFor(() => expect(row("p5")).toBeDefined());
  expect(row("p5")?.dataset["full"]).toBe("false");
  expect(row("p5")?.textContent).not.toContain("已招满");
  expect(row("p5")?.textContent).toMatch(/招\s*6\s*人/);
  expect(screen.getByTestId("wall-figures").textContent).not.toContain("还缺");
});

test("pages flip, and the page that is up survives a change", async () => {
  const backend = connectFake();
  render(Wall, { backend });
  await waitFor(() => expect(rows().length).toBeGreaterThan(0));
  await vi.advanceTimersByTimeAsync(8600);
  expect(screen.getByTestId("wall-page").dataset["page"]).toBe("1");
  expect(row("p1")).toBeUndefined();
  backend.hall.changed();
  await vi.advanceTimersByTimeAsync(100);
  expect(screen.getByTestId("wall-page").dataset["page"]).toBe("1");
});

test("whatever fails, the last view stays and says from when it is", async () => {
  const backend = connectFake();
  render(Wall, { backend });
  await waitFor(() => expect(row("p1")).toBeDefined());
  backend.hall.scenario.down = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rows().length).toBeGreaterThan(0);
  expect(screen.getByTestId("wall-stale").textContent).toContain("数据截至 08:29");
  backend.hall.scenario.down = false;
  await vi.advanceTimersByTimeAsync(11_000);
  expect(screen.queryByTestId("wall-stale")).toBeNull();
});

test("an empty board says so", async () => {
  render(Wall, { backend: connectFake(new URLSearchParams("posts=0")) });
  expect((await screen.findByTestId("wall-empty")).textContent).toContain("还没有活");
});

test("promoted numbers are called to the window", async () => {
  render(Wall, { backend: connectFake(new URLSearchParams("calls=2")) });
  expect((await screen.findByTestId("wall-calls")).textContent).toContain("A037");
});
