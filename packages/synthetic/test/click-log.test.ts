import { createHash } from "node:crypto";
import {
  CATEGORICAL_COLUMNS,
  CLICK_HEADER,
  type ClickRow,
  clickLog,
  dayFile,
  dayFileName,
  dayRows,
  describeTruth,
  NUMERIC_COLUMNS,
  rowsOfDay,
} from "@crossbill/synthetic";
import test from "ava";

const small = { rows: 2000, days: 4, seed: 7 };
const sha256 = (chunks: Iterable<Uint8Array>): string => {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
};
const fieldAt = (name: string): number => CLICK_HEADER.indexOf(name);
const field = (row: ClickRow, name: string): string => row.fields[fieldAt(name)]!;

test("a small log has these bytes on every machine", (t) => {
  const hashes = [0, 1, 2, 3].map((day) => sha256(dayFile(small, day)));
  t.deepEqual(hashes, [
    "8fd4dacfd561620544aad7cdddf02aa7354376f0f38556b580bc58b43ab0678e",
    "2d0d4c35f59d31ff8c441c80eb845d905667a1a18d15d7cbe14595ed8eb94b68",
    "cc4cc563181ef5c2e6ba786145da8eecce2ed9be9a5fbfb0c06b47c197983e4e",
    "24a5c5182a49c8d3a4e01ef70e49abb87cc30658af8fc128f18f7ff778074ad2",
  ]);
});

test("the header has id, user, day, hour, 8 numbers, 12 categories and the label", (t) => {
  t.is(CLICK_HEADER.length, 4 + 8 + 12 + 1);
  t.is(new Set(CLICK_HEADER).size, CLICK_HEADER.length);
  t.is(NUMERIC_COLUMNS.length, 8);
  const sizes = CATEGORICAL_COLUMNS.map((c) => c.size);
  t.is(Math.min(...sizes), 3);
  t.is(Math.max(...sizes), 100_000);
  t.is(CLICK_HEADER.at(-1), "clicked");
});

test("a file is its rows, one line each, and days split the rows evenly", (t) => {
  const options = { rows: 1003, days: 8, seed: 3 };
  let total = 0;
  const ids = new Set<string>();
  for (let day = 0; day < 8; day++) {
    const lines = Buffer.concat([...dayFile(options, day)])
      .toString()
      .split("\n");
    t.is(lines.pop(), "");
    t.is(lines.shift(), CLICK_HEADER.join(","));
    t.is(lines.length, rowsOfDay(options, day));
    t.deepEqual(
      lines,
      [...dayRows(options, day)].map((row) => row.fields.join(",")),
    );
    for (const line of lines) {
      t.is(line.split(",").length, CLICK_HEADER.length);
      t.regex(line, /^[\x20-\x7e]*$/);
      t.notRegex(line, /["NaN]{3}|e[+-]?\d+,/);
      ids.add(line.split(",")[0]!);
    }
    total += lines.length;
  }
  t.is(total, 1003);
  t.is(ids.size, 1003);
  t.is([...clickLog(options)].length, 1003);
  t.is(dayFileName(options, 0), "clicks-2026-01-05.csv");
  t.is(dayFileName(options, 27), "clicks-2026-02-01.csv");
});

test("a row does not depend on other days, nor on how many rows there are", (t) => {
  const [...few] = dayRows({ rows: 800, days: 8, seed: 7 }, 2);
  const [...many] = dayRows({ rows: 1600, days: 8, seed: 7 }, 2);
  t.deepEqual(many.slice(0, few.length), few);
  t.deepEqual(
    [...clickLog(small)].filter((row) => row.day === 2),
    [...dayRows(small, 2)],
  );
  t.notDeepEqual([...dayRows({ ...small, seed: 8 }, 2)], [...dayRows(small, 2)]);
});

test("about 5% are clicked, as the truth says, and the truth is worth knowing", (t) => {
  const rate = new Rate();
  let bayes = 0;
  let variance = 0;
  const users = new Set<string>();
  const missing = new Map<string, number>();
  for (const row of clickLog({ rows: 40_000 })) {
    rate.add(row);
    bayes -= Math.log(row.clicked ? row.probability : 1 - row.probability);
    variance += row.probability * (1 - row.probability);
    users.add(field(row, "user"));
    for (const name of CLICK_HEADER) if (field(row, name) === "") missing.set(name, (missing.get(name) ?? 0) + 1);
    const sum = Object.values(row.terms).reduce((a, b) => a + b, 0);
    t.true(Math.abs(Math.log(row.probability / (1 - row.probability)) - sum) < 1e-9);
  }
  t.true(rate.clicked > 0.045 && rate.clicked < 0.055, `${rate.clicked}`);
  t.true(Math.abs(rate.clicked - rate.expected) < (4 * Math.sqrt(variance)) / rate.rows);
  const constant = -(rate.clicked * Math.log(rate.clicked) + (1 - rate.clicked) * Math.log(1 - rate.clicked));
  t.true(bayes / rate.rows < constant - 0.03, `log-loss of the truth ${bayes / rate.rows}, of a constant ${constant}`);
  t.true(users.size > 10_000);
  for (const column of [...NUMERIC_COLUMNS, ...CATEGORICAL_COLUMNS])
    t.true(Math.abs((missing.get(column.name) ?? 0) / rate.rows - column.missing) < 0.02, column.name);
  t.deepEqual(
    [...missing.keys()].filter((name) => ["id", "user", "day", "hour", "clicked"].includes(name)),
    [],
  );
});

class Rate {
  rows = 0;
  #clicks = 0;
  #probability = 0;
  add(row: ClickRow): void {
    this.rows++;
    if (row.clicked) this.#clicks++;
    this.#probability += row.probability;
  }
  get clicked(): number {
    return this.#clicks / this.rows;
  }
  get expected(): number {
    return this.#probability / this.rows;
  }
}

function ratesBy(rows: Iterable<ClickRow>, key: (row: ClickRow) => string): Map<string, Rate> {
  const rates = new Map<string, Rate>();
  for (const row of rows) {
    const k = key(row);
    if (!rates.has(k)) rates.set(k, new Rate());
    rates.get(k)!.add(row);
  }
  return rates;
}

test("the crosses and the bends are in the labels", (t) => {
  const rows = [...clickLog({ rows: 60_000 })];
  const part = (row: ClickRow): number => Math.floor(Number(field(row, "hour")) / 6);
  const cross = ratesBy(rows, (row) => `${field(row, "device")} ${part(row)}`);
  const ratio = (device: string, one: number, other: number): number => cross.get(`${device} ${one}`)!.clicked / cross.get(`${device} ${other}`)!.clicked;
  t.true(ratio("phone", 1, 2) > 1.4, `${ratio("phone", 1, 2)}`);
  t.true(ratio("desktop", 1, 2) < 0.75, `${ratio("desktop", 1, 2)}`);
  const price = ratesBy(rows, (row) => {
    const x = Number(field(row, "price"));
    return x < 6 ? "low" : x < 80 ? "middle" : "high";
  });
  t.true(price.get("middle")!.clicked > 1.4 * price.get("low")!.clicked);
  t.true(price.get("middle")!.clicked > 1.4 * price.get("high")!.clicked);
  const spread = [...ratesBy(rows, (row) => `${field(row, "category")} ${field(row, "country")}`).values()].filter((r) => r.rows > 300).map((r) => r.expected);
  t.true(Math.max(...spread) > 3 * Math.min(...spread));
});

test("the shift sits in one slice and nowhere else", (t) => {
  const { slice, shiftLogOdds } = describeTruth();
  const options = { rows: 80_000, days: 8 };
  for (const row of clickLog(options)) {
    const inSlice = field(row, "country") === slice["country"] && field(row, "device") === slice["device"];
    t.is(row.terms.shift, inSlice ? shiftLogOdds : 0);
  }
  // within the country, the slice stands out beyond what its parts explain
  const inCountry = [...clickLog(options)].filter((row) => field(row, "country") === slice["country"]);
  const rates = ratesBy(inCountry, (row) => String(field(row, "device") === slice["device"]));
  t.true(rates.get("true")!.expected > 2 * rates.get("false")!.expected);
  t.true(rates.get("true")!.clicked > 2 * rates.get("false")!.clicked);
});

test("campaigns and sites nobody saw come on the last day", (t) => {
  const options = { rows: 16_000, days: 8 };
  const fresh = (row: ClickRow): boolean => Number(field(row, "campaign").slice(3)) > 8000 || Number(field(row, "site").slice(1)) > 5000;
  const rates = ratesBy([...clickLog(options)].filter(fresh), (row) => `${row.day}`);
  t.deepEqual([...rates.keys()], ["7"]);
  t.true(rates.get("7")!.rows > 60 && rates.get("7")!.rows < 150);
});

test("impossible options are refused", (t) => {
  for (const options of [{ rows: -1 }, { rows: 1.5 }, { days: 0 }, { seed: -1 }]) t.throws(() => [...clickLog(options)], { instanceOf: RangeError });
  t.throws(() => [...dayFile(small, 4)], { instanceOf: RangeError });
});
