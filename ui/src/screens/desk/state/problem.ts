// An error as a form shows it: the façade's words, or that nobody answered.

import { appErrorOf } from "../../../backend/backend";
import type { Code } from "../../../backend/generated/Code";
import type { FindingView } from "../../../backend/generated/FindingView";
import { desk as t } from "../../../shared/messages/desk";

export interface Problem {
  code: Code | null;
  message: string;
  retryable: boolean;
  findings: FindingView[];
}

export function problemOf(thrown: unknown): Problem {
  const app = appErrorOf(thrown);
  if (app === null) return { code: null, message: t.common.unreachable, retryable: true, findings: [] };
  return app;
}
