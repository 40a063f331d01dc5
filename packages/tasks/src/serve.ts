import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { decodeMessage, v1 } from "@crossbill/messages";
import { throwIfAborted } from "./executor.js";
import { encodeFrame, readFrames } from "./frames.js";
import { encodeResult, type HandlerTable, makeContext, runTask } from "./handler.js";

/**
 * The loop of `crossbill task`: framed Tasks come in, one framed Result goes out for each, in the same order; it ends with the input.
 * A task that fails is a Result with an error, and the loop goes on. Handlers come from loadHandlers.
 * @throws E_FRAME, E_MESSAGE_CORRUPT for a stream that is not one of Tasks; E_ABORTED.
 */
export async function serveTasks(
  readable: Readable,
  writable: Writable,
  handlers: HandlerTable,
  options: { readonly root: string; readonly signal?: AbortSignal },
): Promise<void> {
  const context = makeContext(options.root, () => undefined, options.signal);
  for await (const frame of readFrames(readable as AsyncIterable<Uint8Array>)) {
    throwIfAborted(options.signal);
    const task = decodeMessage(v1.Task, frame, "task on standard input");
    const result = await runTask(handlers, task, context);
    if (!writable.write(encodeFrame(encodeResult(result)))) await once(writable, "drain");
  }
}
