// Transfer of embeddings: London's vectors of day and hour in a Frankfurt model with a hundredth of the rows.
import { DAYS, trafficLog } from "@crossbill/synthetic";
import { dataFile, difference, fixed, Laboratory, table, thousands } from "./laboratory.mjs";

const LONDON = 20_000;
const FRANKFURT = 200;
const TEST = 4000;

export const title = "Vectors of one city in another";

export async function run() {
  const laboratory = new Laboratory("shared-factors");
  const log = (city, rows, seed) => dataFile(`${city}-${rows}.csv`, () => trafficLog(city, { rows, seed }));
  const test = log("frankfurt", TEST, 2);
  const config = (train, model, optimizer) => ({
    data: { train, test, label: "vehicles", split: { by: "index", every: 5, validation: [0] } },
    columns: {
      day: { kind: "vocabulary", column: "day", values: DAYS },
      hour: { kind: "identity", column: "hour", size: 24 },
      dayHour: { kind: "crossed", columns: ["day", "hour"] },
      road: { kind: "vocabulary", column: "road" },
    },
    model: { ...model, head: "poisson" },
    train: optimizer,
  });
  const line = (columns) => ({ kind: "linear", columns, l2: 1e-3 });
  const deep = (more) => ({
    kind: "deep",
    columns: [
      { kind: "embedding", column: "dayHour", dimension: 2, ...more },
      { kind: "embedding", column: "road", dimension: 4 },
    ],
    hidden: [16],
  });
  const adam = (epochs, batchSize) => ({ optimizer: { kind: "adam", learningRate: 0.02 }, epochs, batchSize });
  const london = await laboratory.train("london", config(log("london", LONDON, 1), deep({}), adam(8, 128)));
  const from = { model: london.path, column: "dayHour" };
  const rows = [];
  let alone = null;
  for (const [name, model, train] of [
    ["network, vectors from these rows", deep({}), adam(60, 32)],
    ["network, London's vectors, frozen", deep({ from, trainable: false }), adam(60, 32)],
    ["network, London's vectors, trained on", deep({ from }), adam(60, 32)],
    ["linear: day, hour, road", line(["day", "hour", "road"]), { optimizer: { kind: "exact" } }],
    ["linear: day x hour, road", line(["dayHour", "road"]), { optimizer: { kind: "exact" } }],
  ]) {
    const trained = await laboratory.train(`${rows.length}`, config(log("frankfurt", FRANKFURT, 1), model, train));
    const measured = await laboratory.test(trained, alone);
    alone ??= trained;
    rows.push([name, fixed(measured.deviance, 3), fixed(measured.rmse, 2), difference(measured, 3)]);
  }
  return `The claim: what a network has learned of a day and hour in one city starts another city's model, as long as both depend on the same hidden factors.

Generated counts of vehicles by day, hour and road: in both cities a day and hour has two hidden numbers, how many commute and how much night life there is; levels and roads are each city's own. London has ${thousands(LONDON)} rows, Frankfurt ${FRANKFURT}, a fifth of them to choose the epoch, for
${7 * 24} pairs of day and hour, ${thousands(7 * 24 * 8)} with a road. The network has 2 numbers for a day and hour, 4 for a road and a hidden layer of 16, with the Poisson head. Measured on ${thousands(TEST)} other rows of Frankfurt, differences in Poisson loss paired by row.

${table(["", "test deviance", "RMSE", "difference from the first (95% interval)"], rows)}

\`\`\`ts
deep({ head: "poisson", hidden: [16], columns: [embedding("dayHour", { from: { model: "../london/work", column: "dayHour" }, trainable: false }), embedding("road", { dimension: 4 })] })
\`\`\``;
}
