// A network from night to night: one pass over a small night, from zero and from the night before.
import { dayFile } from "@crossbill/synthetic";
import { dataFile, difference, fixed, Laboratory, table, thousands } from "./laboratory.mjs";

const DAYS = 8;
/** Rows of the first night, of the second, and of the day after it, on which all are measured. */
const [FIRST, SECOND, TEST] = [60_000, 10_000, 20_000];
const TEXTS = ["device", "os", "browser", "country", "region", "category", "site", "advertiser", "campaign", "creative"];
const NUMBERS = ["price", "age_days", "sessions", "dwell_seconds", "page_depth", "bid_floor", "past_clicks", "distance_km"];

export const title = "A network from night to night";

export async function run() {
  const log = (rows, day) => dataFile(`night-${day}-${rows}.csv`, () => dayFile({ rows: rows * DAYS, days: DAYS, seed: 31 + day }, day));
  const nights = [log(FIRST, 0), log(SECOND, 1)];
  const test = log(TEST, 2);
  const embedded = ["site", "campaign", "creative", "category", "country", "device"].map((column) => ({ kind: "embedding", column, dimension: 8 }));
  const models = {
    "wide and deep": { kind: "wideAndDeep", wide: ["hour", ...TEXTS], deep: [...embedded, ...NUMBERS], hidden: [32, 16] },
    factorized: { kind: "factorized", columns: ["hour", ...TEXTS, ...NUMBERS], rank: 4 },
  };
  const rows = [];
  for (const [name, model] of Object.entries(models)) {
    const laboratory = new Laboratory(`warm-start-${model.kind}`);
    const config = (more, window = 1) => ({
      data: { train: "nights/*.csv", test, label: "clicked", key: "id" },
      columns: {
        hour: { kind: "identity", column: "hour", size: 24 },
        ...Object.fromEntries(NUMBERS.map((column) => [column, { kind: "numeric", column, robust: true, clip: [0, null] }])),
        ...Object.fromEntries(TEXTS.map((column) => [column, { kind: "vocabulary", column }])),
      },
      model,
      train: { optimizer: { kind: "adagrad", learningRate: 0.05 }, epochs: 1, batchSize: 256, ...more },
      nights: { window },
    });
    const first = await laboratory.train("first", config({}), [nights[0]]);
    let alone = null;
    for (const [how, more, window] of [
      ["the second night from zero", {}, 1],
      ["the second night from the first, state kept", { warmStart: first.options.workdir }, 1],
      ["the second night from the first, state begun anew", { warmStart: first.options.workdir, optimizerState: "reset" }, 1],
      ["both nights from zero", {}, 2],
    ]) {
      const trained = await laboratory.night(how.replaceAll(/\W+/g, "-"), first, config(more, window), [nights[1]]);
      const measured = await laboratory.test(trained, alone);
      alone ??= trained;
      rows.push([name, how, fixed(measured.logLoss, 5), fixed(measured.auc, 4), difference(measured)]);
    }
  }
  return `The claim: a network that goes on from the night before needs one pass over the new rows, where one that starts from zero would have to go through the window again.

Generated clicks (\`@crossbill/synthetic\`): ${thousands(FIRST)} rows of one day are the first night, ${thousands(SECOND)} of the next day the second, ${thousands(TEST)} of the day after it are the test rows. One pass, blocks of 256 rows, Adagrad; what was fitted of the columns in the first night stands in the second, as of every night,
vocabularies grow. The wide and deep network has embeddings of six columns in 8 numbers, eight numbers and hidden layers of 32 and 16, the factorized one rank 4. Differences are paired by row, with 95% intervals; those below 0 are better.

${table(["model", "trained on", "test log-loss", "AUC", "difference from the first of its kind (95% interval)"], rows)}

\`\`\`ts
train: { epochs: 1, warmStart: "current" },
nights: { window: 1 },
\`\`\``;
}
