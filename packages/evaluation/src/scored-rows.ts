import type { SliceTexts } from "./group-means.js";
import type { Scores } from "./score-file.js";

/** Some rows of a pack with what models predict for them. */
export interface ScoredRows extends Scores {
  /** By field; empty when nothing is sliced. */
  readonly slices: SliceTexts;
  /** Of `data.key`; null: the pack keeps none. */
  readonly keys: readonly (string | null)[] | null;
}
