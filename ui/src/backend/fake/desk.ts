/** The desk's side of the in-memory hall. */
import type { DeskCommand } from "../generated/DeskCommand";
import type { DeskReply } from "../generated/DeskReply";
import { refuse } from "./error";

export function answerDesk(command: DeskCommand): Promise<DeskReply> {
  return Promise.reject(refuse("bad_command", `演示数据不会做这件事：${command.type}。`));
}
