import { CrossbillError, type v1 } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";
import { outputRefPath } from "@crossbill/tasks";

/** The bytes of an output, verified. @throws E_CORRUPT, E_NOT_FOUND, E_IO */
export async function readOutput(root: string, ref: v1.Ref): Promise<Uint8Array> {
  const path = outputRefPath(root, ref);
  const bytes = await readWhole(path);
  if (sha256Hex(bytes) !== ref.sha256) throw new CrossbillError("E_CORRUPT", `${path}: not what was written; run again with --fresh`, { details: { path } });
  return bytes;
}
