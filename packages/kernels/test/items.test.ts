import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, ITEM_KINDS, ITEMS, type Item, type ItemSplit, instantiateKernels, MISSING_TEXT, splitItems } from "../dist/index.js";

const memory = createKernelMemory(2 ** 22);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);

/** The kernel on these texts (null: missing), with as little room as it can go on with. */
function kernelSplit(texts: readonly (string | null)[], split: ItemSplit): (Item[] | null)[] {
  const mark = arena.mark();
  const rows = texts.length;
  const bytes = texts.map((text) => (text === null ? null : Buffer.from(text)));
  const [starts, lengths, offsets, status] = [arena.take(4 * rows), arena.take(4 * rows), arena.take(4 * rows + 4), arena.take(rows)];
  let at = arena.take(bytes.reduce((sum, text) => sum + (text?.length ?? 0), 64)) + 32;
  bytes.forEach((text, i) => {
    arena.u32(starts, rows)[i] = at;
    arena.u32(lengths, rows)[i] = text?.length ?? MISSING_TEXT;
    if (text !== null) arena.u8(at, text.length).set(text);
    at += text?.length ?? 0;
  });
  const [least, most] = split.kind === "list" ? [1, 1] : [split.least, split.most];
  const longest = bytes.reduce((most, text) => Math.max(most, text?.length ?? 0), 0);
  let grams = 0;
  for (let n = least; n <= most; n++) grams += n;
  const header = arena.take(ITEMS.headerBytes);
  let [room, bytesRoom] = [(longest + 1) * (most - least + 1), longest + grams * (longest + 1)];
  const separator = Buffer.from(split.kind === "separated" ? split.separator : "");
  const separatorAt = arena.take(separator.length + 1);
  arena.u8(separatorAt, separator.length).set(separator);
  arena.u32(header, ITEMS.headerBytes / 4).fill(0);
  const arrays = [ITEMS.starts, ITEMS.lengths, ITEMS.weightStarts, ITEMS.weightLengths];
  const h = (): Uint32Array => arena.u32(header, ITEMS.headerBytes / 4);
  for (const array of arrays) {
    const place = arena.take(4 * room);
    h()[array] = place;
  }
  const place = arena.take(bytesRoom);
  h()[ITEMS.bytes] = place;
  h()[ITEMS.room] = room;
  h()[ITEMS.bytesRoom] = bytesRoom;
  arena.u32(offsets, 1)[0] = 0;
  for (let row = 0; row < rows; ) {
    row = kernels.items_split(
      header,
      offsets,
      status,
      starts,
      lengths,
      row,
      rows,
      ITEM_KINDS[split.kind],
      separatorAt,
      separator.length,
      split.kind === "separated" && split.weighted,
      least,
      most,
    );
    if (row === rows) break;
    [room, bytesRoom] = [room * 2, bytesRoom * 2];
    const count = h()[ITEMS.count]!;
    for (const array of arrays) {
      const wider = arena.take(4 * room);
      kernels.copy_bytes(wider, h()[array]!, 4 * count);
      h()[array] = wider;
    }
    // Texts that lie in the bytes stay where they are: the old bytes are kept.
    const more = arena.take(bytesRoom);
    h()[ITEMS.bytes] = more;
    h()[ITEMS.bytesUsed] = 0;
    h()[ITEMS.room] = room;
    h()[ITEMS.bytesRoom] = bytesRoom;
  }
  const count = h()[ITEMS.count]!;
  const text = (start: number, length: number): string => Buffer.from(arena.u8(start, length)).toString("utf8");
  const [s, l, ws, wl] = arrays.map((array) => arena.u32(h()[array]!, count)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const rowsAt = arena.u32(offsets, rows + 1);
  const result = texts.map((_, row) => {
    if (arena.u8(status, rows)[row] === 1) return null;
    const items: Item[] = [];
    for (let i = rowsAt[row]!; i < rowsAt[row + 1]!; i++)
      items.push({ text: text(s[i]!, l[i]!), weight: wl[i] === MISSING_TEXT ? null : text(ws[i]!, wl[i]!) });
    return items;
  });
  arena.release(mark);
  return result;
}

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc
    .array(fc.constantFrom("Straße", "ÉCOLE", "don't", "a:1", "b:-2.5e3", ":", ",", "; ", "|", " ", "\u2019", "日本", "Ÿ", "ЖУК", "ΑΒΓ", "İ", "x"), {
      maxLength: 12,
    })
    .map((parts) => parts.join("")),
);
const json = fc.oneof(
  fc.json({ maxDepth: 1 }),
  fc
    .array(fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)), {
      maxLength: 8,
    })
    .map((v) => JSON.stringify(v)),
  fc
    .dictionary(fc.string({ maxLength: 6 }), fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)), { maxKeys: 6 })
    .map((v) => JSON.stringify(v, null, 1)),
  fc.constantFrom(
    "[",
    "[]",
    "{}",
    "[1,]",
    "[01]",
    '["\\ud800"]',
    '["\\ud83d\\ude00"]',
    '{"a":"b"}',
    "[[1]]",
    '["a" "b"]',
    "[1] x",
    '{"a":1,"a":2}',
    "[tru]",
    '["\\x"]',
    "plain",
    "",
    '["\t"]',
    " [ 1 , null ] ",
  ),
);
const splits: readonly ItemSplit[] = [
  { kind: "words", least: 1, most: 1 },
  { kind: "words", least: 1, most: 3 },
  { kind: "words", least: 2, most: 2 },
  { kind: "separated", separator: ",", weighted: false, least: 1, most: 1 },
  { kind: "separated", separator: "; ", weighted: true, least: 1, most: 1 },
  { kind: "separated", separator: "|", weighted: false, least: 1, most: 2 },
];

for (const split of splits) {
  test(`texts are cut as by the twin: ${JSON.stringify(split)}`, (t) => {
    fc.assert(
      fc.property(fc.array(fc.option(text, { freq: 6 }), { maxLength: 12 }), (texts) => {
        const wellFormed = texts.map((one) => (one === null ? null : Buffer.from(one).toString()));
        t.deepEqual(
          kernelSplit(wellFormed, split),
          wellFormed.map((one) => (one === null ? [] : splitItems(one, split))),
        );
      }),
    );
  });
}

test("lists are read as by the twin, and the twin reads what JSON.parse does", (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(json, { freq: 6 }), { maxLength: 8 }), (texts) => {
      const wellFormed = texts.map((one) => (one === null ? null : Buffer.from(one).toString()));
      t.deepEqual(
        kernelSplit(wellFormed, { kind: "list" }),
        wellFormed.map((one) => (one === null ? [] : splitItems(one, { kind: "list" }))),
      );
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean())), (values) => {
      t.deepEqual(
        splitItems(JSON.stringify(values), { kind: "list" })?.map((item) => item.text),
        values.map(String),
      );
    }),
  );
});

test("words are runs of letters and digits in lower case, whatever the release of Unicode", (t) => {
  const words = (one: string): string[] => splitItems(one, { kind: "words", least: 1, most: 1 })!.map((item) => item.text);
  t.deepEqual(words("Free ENTRY in 2 a wkly comp! Don't; £1.50"), ["free", "entry", "in", "2", "a", "wkly", "comp", "don", "t", "1", "50"]);
  t.deepEqual(words("ÜBER Ελλάδα МОСКВА 日本，東京 \u201cquoted\u201d"), ["über", "ελλάδα", "москва", "日本", "東京", "quoted"]);
  t.deepEqual(
    splitItems("to be or", { kind: "words", least: 1, most: 2 })!.map((item) => item.text),
    ["to", "be", "or", "to be", "be or"],
  );
  t.is(splitItems("a:1;:2", { kind: "separated", separator: ";", weighted: true, least: 1, most: 1 }), null);
});
