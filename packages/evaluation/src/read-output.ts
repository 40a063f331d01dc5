import { CrossbillError, type v1 } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";

/** Bytes of what a task wrote. @throws E_CORRUPT when they are not what it wrote */
export async function readOutput(file: string, ref: v1.Ref): Promise<Uint8Array> {
  const bytes = await readWhole(file);
  if (bytes.length !== ref.length || sha256Hex(bytes) !== ref.sha256)
    throw new CrossbillError("E_CORRUPT", `${file}: damaged since it was written; run the same command again`, { details: { path: file } });
  return bytes;
}
