// Softmax, sampled softmax and noise contrast for a thousand classes: log-loss of all classes, and time.
import { choiceFloor, choiceLog } from "@crossbill/synthetic";
import { dataFile, difference, fixed, Laboratory, table, thousands } from "./laboratory.mjs";

const LOG = { rows: 40_000, items: 1000, seed: 31 };
const EPOCHS = 5;
const LEARNING_RATES = [0.1, 0.3];

export const title = "Sampled against full softmax";

export async function run() {
  const laboratory = new Laboratory("sampled-softmax");
  const train = dataFile(`choices-${LOG.rows}.csv`, () => choiceLog(LOG));
  const config = (head, learningRate) => ({
    data: { train, label: "item", split: { by: "index", every: 10, validation: [1], test: [0, 5] } },
    columns: {
      taste: { kind: "vocabulary", column: "taste" },
      previous: { kind: "vocabulary", column: "previous" },
      hour: { kind: "identity", column: "hour", size: 24 },
    },
    model: { kind: "linear", head },
    train: { optimizer: { kind: "adagrad", learningRate }, epochs: EPOCHS, batchSize: 256 },
  });
  const heads = [
    ["softmax over all 1,000 classes", "softmax"],
    ["sampled softmax, 20 draws a block", { kind: "sampledSoftmax", samples: 20 }],
    ["sampled softmax, 100 draws", { kind: "sampledSoftmax", samples: 100 }],
    ["sampled softmax, 100 draws, uniform", { kind: "sampledSoftmax", samples: 100, sampler: "uniform" }],
    ["noise contrast, 100 draws", { kind: "nce", samples: 100 }],
  ];
  let full = null;
  const rows = [];
  for (const [i, [name, head]] of heads.entries()) {
    const tried = [];
    for (const rate of LEARNING_RATES) tried.push({ rate, ...(await laboratory.train(`${i}-${rate}`, config(head, rate))) });
    const trained = tried.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
    const test = await laboratory.test(trained, full);
    full ??= trained;
    rows.push([
      name,
      trained.rate,
      fixed(test.logLoss, 4),
      difference(test, 4),
      fixed(test.accuracy, 4),
      fixed(trained.seconds, 1),
      fixed(full.seconds / trained.seconds, 1),
    ]);
  }
  return `The claim: with many classes the full softmax costs too much; a sampled loss trains on a few of them at a time at little loss of quality, and evaluation and prediction use all classes all the same.

${thousands(LOG.rows)} rows of the generated choice log: which of ${thousands(LOG.items)} items somebody of one of 8 tastes takes after the previous one. Adagrad, ${EPOCHS} passes, blocks of 256 rows; the better of two learning rates and the best pass on the validation rows are kept. Log-losses are those of the full softmax, on
the same 20% of the rows; differences are paired. The smallest expected log-loss that any model can have is ${fixed(
    choiceFloor(LOG, (row) => row % 5 === 0),
    4,
  )} on these rows. A draw of a block is added to the classes of the block's own rows.

${table(["", "learning rate", "test log-loss", "difference from the full softmax (95% interval)", "accuracy", "seconds to train", "times as fast"], rows)}`;
}
