import type { PackReader } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import type { SliceTexts } from "./group-means.js";

/** The values of a slice column among what was read of a pack. @throws E_SLICE_FIELD */
export function textsOf(pack: Pick<PackReader, "path">, slices: SliceTexts, column: string): readonly (string | null)[] {
  const texts = slices.get(column);
  if (texts === undefined)
    throw new CrossbillError("E_SLICE_FIELD", `${pack.path}: holds no slice values of "${column}"; ingest again with it among the slices`, { exitCode: 2 });
  return texts;
}
