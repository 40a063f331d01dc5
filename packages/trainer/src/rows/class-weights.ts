import { CrossbillError, hasLabelVectors, isOfClasses, v1 } from "@crossbill/messages";
import type { BlockSource } from "./block-source.js";
import type { TrainPlan } from "./plan.js";
import { labelTotals, trainingRows } from "./training-rows.js";

/** Names of a logistic head's labels 0 and 1. */
const SIDES = ["negative", "positive"];

/**
 * What the weights of rows are multiplied by, by class number (logistic head: by label), f64[K]; null: by nothing. `balanced`: W / (K W_k), W the weight of all training rows, W_k that of
 * class k, K how many classes have any weight (as scikit-learn's `class_weight="balanced"`); sums in the order of packs and rows.
 * @throws E_TRAIN_SPEC (exit code 2) for a class that there is not, labels of several numbers, or a weight that is not above 0
 */
export async function classFactors(
  { model, train }: { readonly model: v1.ModelSpec; readonly train: v1.TrainSpec },
  manifest: v1.IngestManifest,
  plan: TrainPlan,
  open: () => Promise<BlockSource>,
): Promise<readonly number[] | null> {
  if (train.classWeights == null) return null;
  const { balanced, weights } = v1.ClassWeights.create(train.classWeights) as v1.ClassWeights;
  const refuse = (what: string): never => {
    throw new CrossbillError("E_TRAIN_SPEC", `train.classWeights: ${what}`, { exitCode: 2 });
  };
  if (!isOfClasses(model.head) && model.head !== v1.Head.LOGISTIC) refuse("the head predicts numbers, not classes; leave it out");
  if (hasLabelVectors((manifest.data as v1.DataSpec | null)?.label)) refuse("labels of several numbers name no single class; leave it out");
  const classes = isOfClasses(model.head) ? manifest.classes : SIDES;
  if (balanced === true) return balancedFactors((await labelTotals(classes.length, trainingRows(plan, await open()))).sums);
  const factors = classes.map(() => 1);
  for (const { name, weight } of weights as v1.ClassWeight[]) {
    const k = classes.indexOf(name);
    if (k < 0) refuse(`there is no class ${JSON.stringify(name)}; there are ${classes.map((one) => JSON.stringify(one)).join(", ")}`);
    if (!(weight > 0 && weight < Infinity)) refuse(`the weight of ${JSON.stringify(name)} is ${weight}; allowed is a number above 0`);
    factors[k] = weight;
  }
  return factors;
}

function balancedFactors(totals: Float64Array): number[] {
  const all = totals.reduce((sum, weight) => sum + weight, 0);
  const K = totals.filter((weight) => weight > 0).length;
  return Array.from(totals, (weight) => (weight > 0 ? all / (K * weight) : 1));
}

/** The same rows, their weights multiplied by those of their classes. */
export function weightedByClass(source: BlockSource, factors: readonly number[]): BlockSource {
  return {
    verify: (pack) => source.verify(pack),
    open: (pack) => source.open(pack),
    async read(from, to) {
      const rows = await source.read(from, to);
      return { ...rows, weight: rows.weight.map((w, i) => w * (factors[rows.label[i]!] ?? 1)) };
    },
  };
}
