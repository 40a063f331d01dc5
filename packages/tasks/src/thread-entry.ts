import { decodeMessage, v1 } from "@crossbill/messages";
import { encodeResult, failed, type HandlerTable, loadHandlers, makeContext, runTask } from "./handler.js";
import { BEATS, type TaskMessage } from "./thread-protocol.js";

const loaded = new Map<string, HandlerTable>();

/** Runs one task in a thread of the pool. Imported by thread-main, never by other code. */
export default async function runInThread(message: TaskMessage): Promise<Uint8Array> {
  const beat = (): void => {
    Atomics.add(message.life, BEATS, 1);
  };
  beat();
  const task = decodeMessage(v1.Task, message.task, "task");
  try {
    const name = message.handlers.join("\n");
    const handlers = loaded.get(name) ?? (await loadHandlers(message.handlers));
    loaded.set(name, handlers);
    beat();
    return encodeResult(await runTask(handlers, task, makeContext(message.root, beat)));
  } catch (thrown) {
    return encodeResult(failed(task.key, thrown));
  }
}
