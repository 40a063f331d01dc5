import { RankingAccumulator } from "@crossbill/auc";
import type { BinStrategy } from "@crossbill/calibration";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { type TaskContext, writeOutput } from "@crossbill/tasks";
import { readOutput } from "./read-output.js";
import { type RefineFacts, RefineSums } from "./refine-sums.js";
import { decodeScores } from "./score-file.js";

/** Name of the step that looks at the scores of one pack again, knowing what the first pass found. */
export const REFINE_STEP = "evaluation.refine";
const ROWS_AT_ONCE = 8192;

/** The output is what is summed up of a pack's scores (v1.RefineAccumulators). */
export async function refineScores(task: v1.Task, context: TaskContext): Promise<{ outputs: v1.Ref[]; summary: Uint8Array }> {
  const [scoresRef, factsRef] = task.inputs as [v1.Ref, v1.Ref];
  const facts = await factsOf(context.inputPath(factsRef), factsRef);
  const scores = decodeScores(await readOutput(context.inputPath(scoresRef), scoresRef), facts.models, scoresRef.uri);
  const sums = RefineSums.over(facts);
  for (let from = 0; from < scores.label.length; from += ROWS_AT_ONCE) {
    context.beat();
    const of = (all: Float64Array): Float64Array => all.subarray(from, from + ROWS_AT_ONCE);
    sums.update({ label: of(scores.label), weight: of(scores.weight), predictions: scores.predictions.map(of), hits: [] });
  }
  return {
    outputs: [await writeOutput(context.root, task.key, "refined.pb", encodeMessage(v1.RefineAccumulators, sums.toMessage()))],
    summary: new Uint8Array(0),
  };
}

// A thread looks at many packs with the same facts.
let known: { readonly sha256: string; readonly facts: Promise<RefineFacts> } | null = null;

function factsOf(file: string, ref: v1.Ref): Promise<RefineFacts> {
  if (known?.sha256 === ref.sha256) return known.facts;
  const facts = readFacts(file, ref);
  known = { sha256: ref.sha256, facts };
  facts.catch(() => {
    known = null;
  });
  return facts;
}

async function readFacts(file: string, ref: v1.Ref): Promise<RefineFacts> {
  const { models, range, curves, rankings } = decodeMessage(v1.RefineFacts, await readOutput(file, ref), file);
  return {
    models,
    range: range.length === 2 ? { low: range[0]!, high: range[1]! } : null,
    curves: curves.map(({ strategy, edges }) => ({ strategy: strategy as BinStrategy, edges: edges ?? [] })),
    rankings: rankings.map((ranking) => RankingAccumulator.fromMessage(ranking).ranking()),
  };
}
