// Which trades to offer for what is typed.

const SHOWN = 24;

/** Those that begin with the text first, then those that hold it; never what is chosen already. */
export function suggestions(trades: readonly string[], chosen: readonly string[], text: string): string[] {
  const typed = text.trim();
  const free = trades.filter((trade) => !chosen.includes(trade));
  const begins = free.filter((trade) => trade.startsWith(typed));
  const holds = free.filter((trade) => !trade.startsWith(typed) && trade.includes(typed));
  return [...begins, ...holds].slice(0, SHOWN);
}
