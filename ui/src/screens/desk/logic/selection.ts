// Which row of a list is chosen, kept by id so that a refresh under the clerk's hands never moves the choice
// to another person.

export interface Row {
  id: string;
}

/** The chosen id after the list changed: the same row while it is there, else the row now in its place. */
export function keep(before: readonly Row[], chosen: string | null, after: readonly Row[]): string | null {
  if (after.length === 0) return null;
  if (chosen !== null && after.some((row) => row.id === chosen)) return chosen;
  const index = before.findIndex((row) => row.id === chosen);
  return at(after, index);
}

export type Step = "up" | "down" | "first" | "last" | "page_up" | "page_down";

const PAGE_ROWS = 8;

export function step(rows: readonly Row[], chosen: string | null, by: Step): string | null {
  if (rows.length === 0) return null;
  const index = rows.findIndex((row) => row.id === chosen);
  switch (by) {
    case "first":
      return at(rows, 0);
    case "last":
      return at(rows, rows.length - 1);
    case "up":
      return at(rows, index - 1);
    case "down":
      return at(rows, index + 1);
    case "page_up":
      return at(rows, index - PAGE_ROWS);
    case "page_down":
      return at(rows, index + PAGE_ROWS);
  }
}

function at(rows: readonly Row[], index: number): string | null {
  const clamped = Math.min(Math.max(index, 0), rows.length - 1);
  return rows[clamped]?.id ?? null;
}

const STEPS: Readonly<Record<string, Step>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "first",
  End: "last",
  PageUp: "page_up",
  PageDown: "page_down",
};

export function stepOf(key: string): Step | null {
  return STEPS[key] ?? null;
}

/** Rows whose text holds every word of the filter. */
export function matching<T>(rows: readonly T[], filter: string, textOf: (row: T) => string): T[] {
  const words = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...rows];
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
