import { createHash } from "node:crypto";
import { v1 } from "@crossbill/messages";
import { openAddress, openScratch, readObject } from "@crossbill/storage";
import type { Codec } from "./compression.js";
import { hashFile, keeping, unpackFile } from "./unpack-file.js";

/**
 * Does one piece of work of a spool, in a worker thread or here.
 * @throws what fetching throws; E_CORRUPT, E_UNPACKED_SIZE, E_EMPTY_FILE, E_NO_SPACE, E_NOT_FOUND, E_IO
 */
export async function spoolWork(params: v1.SpoolParams, beat: () => void): Promise<v1.SpoolResult> {
  const { source, shown, target, most } = params;
  switch (params.work) {
    case v1.SpoolParams.Work.UNPACK:
      return v1.SpoolResult.create(await unpackFile({ path: source, shown, codec: params.codec as Codec }, target, most, beat));
    case v1.SpoolParams.Work.FETCH:
      return fetched(params, beat);
    default:
      return v1.SpoolResult.create({ sha256: await hashFile(source, beat), length: 0 });
  }
}

async function fetched({ source, shown, target }: v1.SpoolParams, beat: () => void): Promise<v1.SpoolResult> {
  const { store, name } = await openAddress(source);
  const create = () => keeping(shown, target, () => openScratch(target));
  let hash = createHash("sha256");
  let out = await create();
  // Waiting for a server is work, too: attempts and their timeouts are bounded.
  const waiting = setInterval(beat, 1000);
  try {
    const head = await readObject(store, name, shown, {
      take: async (bytes) => {
        hash.update(bytes);
        await keeping(shown, target, () => out.write(bytes));
      },
      restart: async () => {
        await out.abort();
        hash = createHash("sha256");
        out = await create();
      },
    });
    await keeping(shown, target, () => out.close());
    return v1.SpoolResult.create({ sha256: hash.digest("hex"), length: out.length, version: head.version ?? "" });
  } catch (thrown) {
    await out.abort();
    throw thrown;
  } finally {
    clearInterval(waiting);
  }
}
