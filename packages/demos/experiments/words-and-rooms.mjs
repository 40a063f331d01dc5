// The lecture's price of an apartment from the words of its advertisement and numbers: one network against linear models.
import { APARTMENT_NOISE, apartmentLog } from "@crossbill/synthetic";
import { dataFile, difference, fixed, Laboratory, table, thousands } from "./laboratory.mjs";

const ROWS = 5000;

export const title = "A price from words and rooms";

export async function run() {
  const laboratory = new Laboratory("words-and-rooms");
  const train = dataFile(`apartments-${ROWS}.csv`, () => apartmentLog({ rows: ROWS }));
  const numeric = (column) => ({ kind: "numeric", column, scale: "standardize" });
  const line = (columns) => [{ kind: "linear", columns, l2: 1e-5 }, { optimizer: { kind: "exact" } }];
  const deep = (columns) => [
    { kind: "deep", columns, hidden: [16] },
    { optimizer: { kind: "adam", learningRate: 0.01 }, epochs: 60, batchSize: 64 },
  ];
  const words = { kind: "embedding", column: "text", dimension: 3, combiner: "mean" };
  const rows = [];
  let first = null;
  for (const [name, [model, how]] of [
    ["linear: rooms, area, words", line(["rooms", "area", "text"])],
    ["linear: rooms, area", line(["rooms", "area"])],
    ["network: rooms, area", deep(["rooms", "area"])],
    ["network: rooms, area, words in 3 numbers", deep([words, "rooms", "area"])],
  ]) {
    const trained = await laboratory.train(`${rows.length}`, {
      data: { train, label: "price", split: { by: "index", every: 5, test: [0], validation: [1] } },
      columns: { text: { kind: "vocabulary", column: "text", split: "words" }, rooms: numeric("rooms"), area: numeric("area") },
      model: { ...model, head: "squared" },
      train: how,
    });
    const test = await laboratory.test(trained, first);
    first ??= trained;
    rows.push([name, fixed(test.rmse, 4), difference(test, 4)]);
  }
  return `The claim: the words of an advertisement and its numbers go into one network, which learns by itself what a word does to the price.

${thousands(ROWS)} generated apartments: a text of 8 words, 3 of which say something, each in several words that mean the same; rooms; area. A word changes the price of a square metre, so it is worth more in a large apartment, which no sum of a word's and the area's weight can say. Prices are in 100,000s; what no field tells has
deviation ${APARTMENT_NOISE}, so no model has a smaller RMSE in expectation. A fifth of the rows chooses the epoch, a fifth is measured; differences are of squared errors, paired by row.

${table(["", "test RMSE", "difference from the first (95% interval)"], rows)}`;
}
