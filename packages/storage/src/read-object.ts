import { CrossbillError } from "@crossbill/messages";
import { changed, unreachable } from "./http-store.js";
import { type RemoteOptions, retrying } from "./retry.js";
import type { ObjectHead, Store } from "./store.js";

/** Bytes of a part. */
const PART = 2 ** 23;

/** Takes the bytes of an object, in order. */
export interface ObjectSink {
  take(bytes: Uint8Array): Promise<void>;
  /** What was taken is void: it begins anew. */
  restart(): Promise<void>;
}

/**
 * Reads a whole object in parts of 8 MiB, the next one while one is taken; where there are no ranges, in one stream that is begun anew when it is cut.
 * @param shown for errors
 * @returns its head, of which all parts were
 * @throws E_NOT_FOUND, E_PERMISSION, E_INPUT_CHANGED, E_UNREACHABLE, E_HTTP; what the sink throws
 */
export async function readObject(
  store: Store,
  name: string,
  shown: string,
  sink: ObjectSink,
  options: RemoteOptions & { readonly partBytes?: number } = {},
): Promise<ObjectHead> {
  const head = await store.head(name);
  if (head === undefined) throw new CrossbillError("E_NOT_FOUND", `${shown}: there is no such object`, { details: { path: shown } });
  if (head.ranges === false && store.stream !== undefined) {
    await retrying(
      options,
      async () => {
        await sink.restart();
        let length = 0;
        for await (const chunk of store.stream!(name)) {
          length += chunk.length;
          await sink.take(chunk);
        }
        if (Number.isFinite(head.length) && length !== head.length) throw changed(shown);
      },
      (last, attempts) => unreachable(shown, last, attempts),
    );
    return head;
  }
  const { partBytes = PART } = options;
  const part = (offset: number): Promise<Uint8Array> | null => {
    if (offset >= head.length) return null;
    const bytes = store.getRange(name, offset, Math.min(partBytes, head.length - offset), head.version);
    // It is awaited after the part before it was taken; until then its failure is nobody's.
    bytes.catch(() => undefined);
    return bytes;
  };
  let offset = 0;
  for (let next = part(0); next !== null; ) {
    const bytes = await next;
    offset += bytes.length;
    next = part(offset);
    await sink.take(bytes);
  }
  return head;
}
