/** One line of a list of facts. */
export type Fact = { name: string; value: string; strong?: boolean; pay?: boolean; testid?: string };
