// Early stopping against a search for lambda: log-loss and passes over the data.
import { clickConfig } from "./clicks.mjs";
import { difference, fixed, Laboratory, table } from "./laboratory.mjs";

const EPOCHS = 40;
const LAMBDA2 = [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4];
const optimizer = { kind: "adagrad", learningRate: 0.1 };

export const title = "Early stopping against a search for lambda";

export async function run() {
  const laboratory = new Laboratory("early-stopping");
  const fit = (name, model, more) => laboratory.train(name, clickConfig({ model, train: { optimizer, epochs: EPOCHS, batchSize: 256, ...more } }));
  /** Without validation rows in sight the last step is what a model is: one evaluation, at the end. */
  const toTheEnd = { evaluateEvery: { steps: 1_000_000 } };
  const stopping = { evaluateEvery: { steps: 50 }, earlyStopping: { metric: "logLoss", patience: 4 } };
  const none = await fit("nothing", {}, toTheEnd);
  const stopped = await fit("early-stopping", {}, stopping);
  const searched = [];
  for (const l2 of LAMBDA2) searched.push({ l2, ...(await fit(`l2-${l2}`, { l2 }, toTheEnd)) });
  const best = searched.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const both = await fit("both", { l2: best.l2 }, stopping);
  const passes = ({ steps }) => steps / (none.steps / EPOCHS);
  const rows = [];
  for (const [name, model, cost] of [
    [`neither: ${EPOCHS} passes`, none, EPOCHS],
    ["early stopping", stopped, passes(stopped)],
    [`l2 = ${best.l2}, the best of ${LAMBDA2.length} on the validation rows`, best, LAMBDA2.length * EPOCHS],
    ["that l2 and early stopping", both, LAMBDA2.length * EPOCHS + passes(both)],
  ]) {
    const test = await laboratory.test(model, model === stopped ? null : stopped);
    rows.push([name, fixed(model.trainingLoss, 5), fixed(test.logLoss, 5), difference(test), fixed(test.auc, 4), fixed(cost, 1)]);
  }
  return `The claim: training on and on fits the training rows ever better and new rows worse; early stopping is about as good as an L2 penalty that was searched for, and cheaper; in practice both are used.

Logistic regression on 100,000 rows of the generated click log (50% to train, 20% to choose, 30% to test), all columns, numbers in 20 buckets, three crosses; Adagrad in blocks of 256 rows. Early stopping looks at the validation rows every 50 blocks, waits for 4
looks without a gain and goes back to the best. The training loss is progressive, of the last pass.

${table(["", "training log-loss", "test log-loss", "difference from early stopping (95% interval)", "AUC", "passes over the data, search included"], rows)}

The search:

${table(
  ["l2", "validation log-loss after all passes"],
  searched.map(({ l2, validationLoss }) => [l2, fixed(validationLoss, 5)]),
)}`;
}
