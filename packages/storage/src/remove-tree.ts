import fs from "node:fs/promises";
import { ioError } from "./io-error.js";

/** Removes a file or folder with all that is in it; a path that is not there is fine. @throws E_IO */
export async function removeTree(target: string): Promise<void> {
  try {
    await fs.rm(target, { recursive: true, force: true });
  } catch (thrown) {
    throw ioError(thrown, "remove", target);
  }
}
