import { CrossbillError, v1 } from "@crossbill/messages";

/** @throws E_WEIGHT when all training weights are 0 or their sum is not finite; E_ONE_CLASS when all labels are the same (of several `classes`: by those) */
export function checkTraining(partitions: readonly v1.Partition[], data: v1.DataSpec, classes: readonly string[]): void {
  const packs = partitions.flatMap((partition) => partition.packs).filter((pack) => pack.part === v1.Part.TRAIN);
  const sum = (of: (pack: v1.Pack) => number): number => packs.reduce((total, pack) => total + of(pack), 0);
  const rows = sum((pack) => pack.rows);
  const weight = sum((pack) => pack.weight);
  const positive = sum((pack) => pack.positiveWeight);
  if (rows === 0) throw new CrossbillError("E_NO_ROWS", "the training part has no rows left; check data.split and nights.window");
  if (weight === 0) throw new CrossbillError("E_WEIGHT", `the weights (field ${JSON.stringify(data.weight)}) of all ${rows} training rows are 0`);
  if (!Number.isFinite(weight))
    throw new CrossbillError(
      "E_WEIGHT",
      `the weights (field ${JSON.stringify(data.weight)}) of the ${rows} training rows add up to ${weight}: divide them by a constant`,
    );
  if (data.label.multi && classes.length < 2)
    throw new CrossbillError(
      "E_ONE_CLASS",
      `all ${rows} training rows have the label ${JSON.stringify(classes[0])} in field ${JSON.stringify(data.label.field)}: a head of several classes needs two at least; check data.label`,
      { details: { rows } },
    );
  if (data.label.multi || data.label.number || (positive > 0 && positive < weight)) return;
  const all = positive > 0 ? "positive" : "negative";
  const found =
    data.weight === ""
      ? `all ${rows} training rows (weight ${weight}) have ${all} labels`
      : `all the weight (${weight}, field ${JSON.stringify(data.weight)}) of the ${rows} training rows is on ${all} labels`;
  throw new CrossbillError(
    "E_ONE_CLASS",
    `${found} in field ${JSON.stringify(data.label.field)}; positive is ${data.label.positive.map((text) => JSON.stringify(text)).join(", ")}: check data.label and data.positive`,
    {
      details: { rows, positiveRows: positive > 0 ? rows : 0, negativeRows: positive > 0 ? 0 : rows },
    },
  );
}
