import { readTexts } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { columnSpecs, dataSpec, folder, packRows, run, write } from "./support.js";

const LIST = v1.ItemsSpec.Kind.LIST;
const SEEDS = {
  csv: `y,price,site,list\n${Array.from({ length: 12 }, (_, i) => `${i % 2},${i / 2},"s,""${i % 3}","[""a"",${i}]"\n`).join("")}`,
  jsonl: Array.from({ length: 12 }, (_, i) => `{"y":${i % 2},"price":${i / 2},"site":"s\\u00e9${i % 3}","list":["a",${i}]}\n`).join(""),
  libsvm: Array.from({ length: 12 }, (_, i) => `${i % 2} qid:${i % 3} 1:${i / 2} 7:2e1 # c\n`).join(""),
  vw: Array.from({ length: 12 }, (_, i) => `${i % 2} 1.5 'tag${i} |a:2 x:${i} y |b z\n`).join(""),
};
type Format = keyof typeof SEEDS;

const COLUMNS = columnSpecs(
  { name: "price", numeric: { field: "price" } },
  { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
  { name: "list", vocabulary: { field: "list", minCount: 1, outOfVocabulary: 1, items: { kind: LIST } } },
);
const FEATURES = columnSpecs({ name: "features", vocabulary: { field: "features", minCount: 1, outOfVocabulary: 1, items: { kind: LIST } } });

/** Bytes that decide something somewhere. */
const piece = fc.oneof(
  fc
    .constantFrom("\n", "\r", "\r\n", '"', ",", "\\", "{", "}", "[", "]", ":", "|", "#", "'", " ", "\t", "\0", "\ufeff", "\\ud800", "1e999", "-", "é")
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
);
const edit = fc.record({ at: fc.nat({ max: 999 }), remove: fc.nat({ max: 20 }), put: fc.array(piece, { maxLength: 3 }) });

function mutated(text: string, edits: readonly { at: number; remove: number; put: Buffer[] }[]): Buffer {
  let bytes = Buffer.from(text);
  for (const { at, remove, put } of edits) {
    const place = Math.floor((at * bytes.length) / 1000);
    bytes = Buffer.concat([bytes.subarray(0, place), ...put, bytes.subarray(place + remove)]);
  }
  return bytes;
}

async function check(dir: string, name: string, format: Format, bytes: Uint8Array, rangeBytes: number): Promise<string> {
  const sparse = format === "libsvm" || format === "vw";
  const file = write(dir, `${name}.${format}`, bytes);
  const data = dataSpec({ format, label: { field: sparse ? "label" : "y", positive: ["1"], negative: ["0"] }, maxRejected: 1 });
  const root = `${dir}/${name}`;
  try {
    const { read, rejected, rejects, manifest } = await run(root, { train: [file], data, columns: sparse ? FEATURES : COLUMNS, rangeBytes });
    const packs = await packRows(root, manifest, v1.Part.TRAIN);
    const packed = packs.reduce((sum, pack) => sum + pack.rows, 0);
    const counted = Object.values(rejects).reduce((sum, rows) => sum + rows, 0);
    if (packed + rejected !== read || counted !== rejected) throw new Error(`${packed} rows packed, ${rejected} rejected (${counted} by reason), ${read} read`);
    let scored = 0;
    await readTexts(file, { format, csv: data.csv }, { wanted: (fields) => fields.map((_, i) => i), take: ({ rows }) => void (scored += rows), rangeBytes });
    if (scored !== read) throw new Error(`${scored} rows to score, ${read} read`);
    return `read ${read} rejected ${rejected}`;
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code !== "E_INTERNAL") return thrown.code;
    throw thrown;
  }
}

for (const format of Object.keys(SEEDS) as Format[]) {
  test.serial(`${format}: whatever bytes a file has, its rows are packed or rejected, or there is one clear error (property)`, async (t) => {
    const dir = folder(t);
    const outcomes = new Map<string, number>();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { weight: 4, arbitrary: fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => mutated(SEEDS[format], edits)) },
          { weight: 1, arbitrary: fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.concat(pieces)) },
        ),
        fc.constantFrom(2 ** 20, 97),
        async (bytes, rangeBytes) => {
          const outcome = await check(dir, `f${n++}`, format, bytes, rangeBytes);
          const kind = outcome.replaceAll(/\d+/g, "n");
          outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        },
      ),
      { numRuns: 20, seed: 20_261_126 },
    );
    t.true((outcomes.get("read n rejected n") ?? 0) >= 6, JSON.stringify([...outcomes]));
    t.true(outcomes.size > 1, JSON.stringify([...outcomes]));
  });
}
