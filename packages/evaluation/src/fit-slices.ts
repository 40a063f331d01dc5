import path from "node:path";
import { openPack } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import { QuantileSketch } from "@crossbill/numerics";
import { type SliceBuckets, type SliceFieldSpec, type SliceQuantiles, sliceNumber } from "@crossbill/slicing";
import { textsOf } from "./slice-texts.js";

const ROWS_AT_ONCE = 8192;

/**
 * Slice sets with boundaries in place of quantiles: by a pass over the packs' values of these columns, weighted, in the packs' order, so equal packs give equal boundaries. To be made once where several
 * passes or models are to have the same slices. A column with one number alone has two ranges, below it and from it; one without numbers those below and from 0, without rows.
 * @param packs that are measured, of one part
 * @throws E_SLICE_FIELD, E_PACK
 */
export async function fitSlices(
  root: string,
  packs: readonly v1.Pack[],
  sets: readonly (readonly (SliceFieldSpec | SliceQuantiles)[])[],
): Promise<SliceFieldSpec[][]> {
  const isFitted = (spec: SliceFieldSpec | SliceQuantiles): spec is SliceQuantiles => typeof spec !== "string" && "quantiles" in spec;
  const columns = new Set(
    sets
      .flat()
      .filter(isFitted)
      .map(({ column }) => column),
  );
  const sketches = new Map([...columns].map((column) => [column, new QuantileSketch()]));
  if (columns.size > 0)
    for (const { file } of packs) {
      const pack = await openPack(path.join(root, file.uri), file);
      for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
        const { rows, weight, slices } = await pack.read(from, Math.min(pack.rows, from + ROWS_AT_ONCE), { slices: true });
        for (const [column, sketch] of sketches) {
          const texts = textsOf(pack, slices, column);
          for (let row = 0; row < rows; row++) {
            const x = sliceNumber(texts[row]!);
            if (Number.isFinite(x)) sketch.add(x, weight[row]!);
          }
        }
      }
    }
  const fitted = ({ column, quantiles, name }: SliceQuantiles): SliceBuckets => {
    const sketch = sketches.get(column)!;
    const boundaries = [...sketch.boundaries(quantiles)];
    return {
      column,
      boundaries: boundaries.length > 0 ? boundaries : [Number.isFinite(sketch.minimum) ? sketch.minimum : 0],
      ...(name === undefined ? {} : { name }),
    };
  };
  return sets.map((set) => set.map((spec) => (isFitted(spec) ? fitted(spec) : spec)));
}
