/** The hall inside this process: commands and changes through the shell. The only file that knows Tauri. */
import { Channel, invoke, type InvokeArgs } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { ReaderEvent } from "./generated/ReaderEvent";
import { HallError, isAppError, type Backend } from "./backend";

async function ask<T>(name: string, payload: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(name, payload);
  } catch (thrown) {
    throw new HallError(isAppError(thrown) ? thrown : null);
  }
}

export function connectTauri(): Backend {
  return {
    kiosk: (command) => ask("kiosk", { command }),
    desk: (command) => ask("desk", { command }),
    wall: (command) => ask("wall", { command }),
    leaveKiosk: async (pin) => {
      await ask("leave_kiosk", { pin });
    },
    join: async (invitation) => {
      await ask("join", { invitation });
    },
    saveFile: ({ name, data }) => ask<string>("save_file", { name, data }),
    writeStick: (name, reader) => ask("write_stick", { name, reader }),
    // The bytes are the body of the request: as JSON they would lie in memory many times over.
    readStick: (file) => ask("read_stick", file),
    openFile: async (path) => {
      await ask("open_file", { path });
    },
    onReaders: (heard) => {
      const channel = new Channel<ReaderEvent>();
      channel.onmessage = heard;
      // Without it the keyboard still does.
      ask("hear_readers", { channel }).catch(() => undefined);
      return () => {
        channel.onmessage = () => undefined;
      };
    },
    onChange: (changed) => {
      const listening = listen("hall-changed", () => changed());
      return () => {
        // A listener that was never set up needs no undoing.
        listening.then(
          (stop) => stop(),
          () => undefined,
        );
      };
    },
  };
}
