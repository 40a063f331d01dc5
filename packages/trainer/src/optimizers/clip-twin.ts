import { groupOf, groupSquaresTwin } from "@crossbill/kernels";
import { type ClipOptions, clipFactor } from "./clip.js";

/** Gradients of one output, of a block's distinct features and of its dense inputs. */
export interface TwinGradients {
  readonly features: Float64Array;
  readonly dense: Float64Array;
}

/** Slow twin of clipping, in place: gradients of the outputs of a block of `weight`; `starts` as clipGroups gives them. */
export function clippedTwin(
  { options: { kind, limit: mean }, starts }: { readonly options: ClipOptions; readonly starts: ArrayLike<number> },
  outputs: readonly TwinGradients[],
  uniq: ArrayLike<number>,
  denseFeatures: ArrayLike<number>,
  weight: number,
): void {
  const limit = mean * weight;
  const parts = outputs.flatMap(({ features, dense }) => [
    { ids: uniq, gradients: features },
    { ids: denseFeatures, gradients: dense },
  ]);
  const each = (change: (g: number, group: number) => number): void => {
    for (const { ids, gradients } of parts)
      for (let i = 0; i < gradients.length; i++) gradients[i] = change(gradients[i]!, kind === "value" ? 0 : groupOf(ids[i]!, starts));
  };
  if (kind === "value") {
    each((g) => Math.min(limit, Math.max(-limit, g)));
    return;
  }
  const squares = new Float64Array(starts.length);
  for (const { ids, gradients } of parts)
    for (const chunk of groupSquaresTwin(ids, gradients, starts)) for (let group = 0; group < squares.length; group++) squares[group]! += chunk[group]!;
  const factors = squares.map((sum) => clipFactor(sum, limit));
  each((g, group) => g * factors[group]!);
}
