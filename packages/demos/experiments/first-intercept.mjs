// Where online training starts: the intercept of the base rate against zero.
import { clickConfig } from "./clicks.mjs";
import { difference, fixed, Laboratory, table } from "./laboratory.mjs";

const OPTIMIZERS = {
  ftrl: { kind: "ftrl", alpha: 0.1, l1: 1 },
  adagrad: { kind: "adagrad", learningRate: 0.05, initialAccumulator: 1 },
  adam: { kind: "adam", learningRate: 0.003 },
};

export const title = "The first intercept: the base rate against zero";

export async function run() {
  const laboratory = new Laboratory("first-intercept");
  const rows = [];
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    for (const epochs of [1, 4]) {
      const fit = (initialIntercept) =>
        laboratory.train(
          `${name}-${epochs}-${initialIntercept}`,
          clickConfig({ model: {}, train: { optimizer, epochs, batchSize: 1024, keep: "last", initialIntercept } }),
        );
      const [zero, baseRate] = [await fit("zero"), await fit("baseRate")];
      const test = await laboratory.test(baseRate, zero);
      const before = await laboratory.test(zero);
      rows.push([
        name,
        epochs,
        fixed(zero.trainingLoss, 5),
        fixed(baseRate.trainingLoss, 5),
        fixed(before.logLoss, 5),
        fixed(test.logLoss, 5),
        difference(test),
      ]);
    }
  }
  const result = table(
    [
      "optimizer",
      "passes",
      "progressive log-loss from zero",
      "from the base rate",
      "test log-loss from zero",
      "from the base rate",
      "difference (95% interval)",
    ],
    rows,
  );
  return `The claim: where positives are rare, a model that starts from zero begins with every prediction at 0.5, and its first blocks push the weight of every feature of their rows down, to make up for an intercept that is not there yet. Those weights are
slow to come back: rare features never do. With \`train.initialIntercept: "baseRate"\` (the default) the intercept is first that of the best constant prediction, and weights learn differences from it alone.

Logistic regression on 100,000 rows of the generated click log (50% to train, 20% set aside, 30% to test), all columns, numbers in 20 buckets, three crosses; blocks of 1,024 rows. Differences are paired over the test rows; progressive losses are of the
last pass.

${result}`;
}
