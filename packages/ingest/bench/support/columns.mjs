// What the benches of ingestion share: the bench log's columns and its files.
import fs from "node:fs";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import { benchLog } from "@crossbill/synthetic";

const numbers = Array.from({ length: 13 }, (_, i) => ({ name: `i${i + 1}`, numeric: { field: `i${i + 1}`, scale: v1.NumericSpec.Scale.LOG1P } }));
const texts = Array.from({ length: 26 }, (_, i) => `c${i + 1}`);

export const SETS = {
  hashed: [...numbers, ...texts.map((field) => ({ name: field, hashed: { field, buckets: 2 ** 18 } }))],
  vocabularies: [...numbers, ...texts.map((field) => ({ name: field, vocabulary: { field, minCount: 1, outOfVocabulary: 1 } }))],
};

export function columnsOf(set) {
  return SETS[set].map((spec) => v1.ColumnSpec.decode(v1.ColumnSpec.encode(spec).finish()));
}

export const DATA = v1.DataSpec.create({
  format: "csv",
  csv: v1.CsvDialect.create({ delimiter: ",", header: true, quote: '"', missing: [""] }),
  label: v1.LabelSpec.create({ field: "label", positive: ["1"] }),
  split: v1.SplitSpec.create({ index: v1.IndexSplit.create({ every: 10, test: [0], validation: [1] }) }),
  maxRejected: 0.01,
});

/** The log of so many rows, made once, and one of its rows `times` times over. */
export function logFile(folder, rows, times = 1) {
  const file = path.join(folder, `log-${rows}${times === 1 ? "" : `-${times}`}.csv`);
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(folder, { recursive: true });
  const out = fs.openSync(`${file}.part`, "w");
  if (times === 1) for (const chunk of benchLog({ rows })) fs.writeSync(out, chunk);
  else {
    const once = fs.openSync(logFile(folder, rows), "r");
    const piece = Buffer.alloc(2 ** 22);
    const header = piece.subarray(0, fs.readSync(once, piece, 0, piece.length, 0)).indexOf("\n") + 1;
    for (let copy = 0; copy < times; copy++) {
      let at = copy === 0 ? 0 : header;
      for (let n = fs.readSync(once, piece, 0, piece.length, at); n > 0; n = fs.readSync(once, piece, 0, piece.length, at)) {
        fs.writeSync(out, piece, 0, n);
        at += n;
      }
    }
    fs.closeSync(once);
  }
  fs.closeSync(out);
  fs.renameSync(`${file}.part`, file);
  return file;
}
