import { createHash } from "node:crypto";
import { benchLog } from "@crossbill/synthetic";
import test from "ava";

const text = (rows: number, seed = 1): string => Buffer.concat([...benchLog({ rows, seed })]).toString();

test("the bench log has these bytes on every machine", (t) => {
  t.is(createHash("sha256").update(text(2000)).digest("hex"), "b97a836723b642258738892308fd32fa9a72b1f48e91114f9141c6e3a9574696");
});

test("a longer log begins with the shorter one, and the seed changes it", (t) => {
  t.true(text(500).startsWith(text(200)));
  t.not(text(200, 2), text(200));
  t.throws(() => benchLog({ rows: -1 }), { instanceOf: RangeError });
});

test("it has 13 numbers, 26 categories, about 36 values and 250 bytes a row, and 4% positives", (t) => {
  const all = text(20_000);
  const lines = all.trimEnd().split("\n");
  t.is(lines.shift()!.split(",").length, 40);
  let values = 0;
  let positives = 0;
  for (const line of lines) {
    const fields = line.split(",");
    t.is(fields.length, 40);
    values += fields.slice(1).filter((f) => f !== "").length;
    if (fields[0] === "1") positives++;
    for (const f of fields.slice(1, 14)) t.regex(f, /^\d{0,10}$/);
    for (const f of fields.slice(14)) t.regex(f, /^([0-9a-f]{8})?$/);
  }
  t.is(lines.length, 20_000);
  t.true(Math.abs(values / lines.length - 36) < 0.5, `${values / lines.length}`);
  t.true(Math.abs(positives / lines.length - 0.04) < 0.006, `${positives / lines.length}`);
  t.true(Math.abs(all.length / lines.length - 250) < 15, `${all.length / lines.length}`);
});
