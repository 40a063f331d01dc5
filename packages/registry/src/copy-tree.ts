import path from "node:path";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { atomicWrite, readRange } from "@crossbill/storage";

const PIECE = 4 * 2 ** 20;

/** Copies `files` of the folder `from` to `to`, piece by piece. @throws E_CHANGED when one is no longer what its description says */
export async function copyTree(from: string, to: string, files: readonly v1.VersionFile[]): Promise<void> {
  for (const file of files) {
    const segments = file.path.split("/");
    const source = path.join(from, ...segments);
    const written = await atomicWrite(path.join(to, ...segments), async (writer) => {
      for (let at = 0; at < file.length; at += PIECE) await writer.write(await readRange(source, at, Math.min(PIECE, file.length - at)));
    });
    if (written.sha256 !== file.sha256)
      throw new CrossbillError("E_CHANGED", `${source} changed while it was published; publish again when nothing writes to it`, { details: { path: source } });
  }
}
