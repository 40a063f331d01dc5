import { createHash } from "node:crypto";
import { APARTMENT_NOISE, apartmentLog, apartmentRows, apartmentWords } from "@crossbill/synthetic";
import test from "ava";

test("the advertisements have these bytes on every machine", (t) => {
  const hash = createHash("sha256");
  for (const chunk of apartmentLog({ rows: 500 })) hash.update(chunk);
  t.is(hash.digest("hex"), "80b0f2d8cb1188a7c4adb0862ac6a1e9075e263e06c6594988af6a3711de5685");
  t.deepEqual([...apartmentRows({ rows: 20 })], [...apartmentRows({ rows: 30 })].slice(0, 20));
  t.notDeepEqual([...apartmentRows({ rows: 20, seed: 2 })], [...apartmentRows({ rows: 20 })]);
  t.throws(() => [...apartmentRows({ rows: -1 })], { instanceOf: RangeError });
});

test("the price is that of rooms, area and the words' effects, and noise", (t) => {
  const effects = apartmentWords();
  let squares = 0;
  const rows = [...apartmentRows({ rows: 4000 })];
  for (const { fields, expected, price } of rows) {
    const [text, rooms, area] = fields as [string, string, string, string];
    const words = text.split(" ");
    const sum = words.reduce((all, word) => all + effects.get(word)!, 0);
    const told = 0.3 + 0.1 * Number(rooms) + 0.045 * Number(area) * (1 + sum);
    if (words.filter((word) => effects.get(word) !== 0).length !== 3 || Math.abs(expected - told) > 1e-9) t.fail(`${fields.join()}: ${expected}, not ${told}`);
    squares += (price - expected) ** 2;
  }
  const deviation = Math.sqrt(squares / rows.length);
  t.true(Math.abs(deviation - APARTMENT_NOISE) < 0.015, `${deviation}`);
});
