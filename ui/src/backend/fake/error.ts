import { HallError } from "../backend";
import type { Code } from "../generated/Code";

export function refuse(code: Code, message: string, retryable = false): HallError {
  return new HallError({ code, message, retryable, findings: [] });
}
