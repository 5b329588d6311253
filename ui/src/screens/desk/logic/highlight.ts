// Cuts a text where findings point at words in it.

import type { FindingView } from "../../../backend/generated/FindingView";
import type { Severity } from "../../../backend/generated/Severity";

export interface Piece {
  text: string;
  /** The gravest finding that speaks of these words. */
  severity: Severity | null;
}

const RANK: Readonly<Record<Severity, number>> = { block: 3, warn: 2, info: 1 };

export function piecesOf(text: string, findings: readonly FindingView[]): Piece[] {
  const marks = new Array<Severity | null>(text.length).fill(null);
  for (const { phrase, severity } of findings) {
    if (phrase === null || phrase === "") continue;
    for (let from = text.indexOf(phrase); from >= 0; from = text.indexOf(phrase, from + phrase.length)) {
      for (let index = from; index < from + phrase.length; index += 1) {
        const mark = marks[index] ?? null;
        if (mark === null || RANK[mark] < RANK[severity]) marks[index] = severity;
      }
    }
  }
  const pieces: Piece[] = [];
  for (const [index, severity] of marks.entries()) {
    const last = pieces.at(-1);
    const unit = text.charAt(index);
    if (last !== undefined && last.severity === severity) last.text += unit;
    else pieces.push({ text: unit, severity });
  }
  return pieces;
}

/** Gravest first; the order of the law within one gravity. */
export function byGravity(findings: readonly FindingView[]): FindingView[] {
  return [...findings].sort((a, b) => RANK[b.severity] - RANK[a.severity]);
}

export function blocks(findings: readonly FindingView[]): boolean {
  return findings.some((finding) => finding.severity === "block");
}
