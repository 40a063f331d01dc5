import { crossedId, fingerprint64 } from "@crossbill/kernels";
import test from "ava";
import { columnSize, featureName, fieldsOf, planColumns } from "../dist/index.js";
import { encodeRows, fitRows, reset, type Spec } from "./support.js";

const FIELDS = ["day", "hour", "site"];
const day: Spec = { name: "day", identity: { field: "day", size: 7 } };
const hour: Spec = { name: "hour", identity: { field: "hour", size: 24 } };

test.beforeEach(() => reset());

test("an exact cross is the mixed-radix number of its inputs' ids, the first leading", (t) => {
  const cross: Spec = { name: "dayHour", crossed: { inputs: ["day", "hour"] } };
  const specs = [cross, day, hour]; // an input may stand after the cross
  const state = fitRows(specs, FIELDS, []);
  const { ids } = encodeRows(
    specs,
    FIELDS,
    [
      { day: "3", hour: "5" },
      { day: null, hour: "5" },
      { day: "3", hour: null },
      { day: null, hour: null },
    ],
    state,
  );
  t.deepEqual([...ids.get("dayHour")!], [4 * 25 + 6, 6, 4 * 25, 0]);
  t.is(columnSize(cross, state), 8 * 25);
  t.is(featureName(cross, state, 4 * 25 + 6), "day=3 x hour=5");
  t.is(featureName(cross, state, 6), "day missing x hour=5");
  t.deepEqual(fieldsOf(cross, specs), ["day", "hour"]);
});

test("a hashed cross joins entries' ids and raw fields' fingerprints, in order", (t) => {
  const specs: Spec[] = [
    day,
    { name: "a", crossed: { inputs: ["day", "site"], buckets: 1e6 } },
    { name: "b", crossed: { inputs: ["site", "day"], buckets: 1e6 } },
  ];
  const { ids } = encodeRows(
    specs,
    FIELDS,
    [
      { day: "3", site: "x" },
      { day: null, site: "x" },
      { day: null, site: null },
    ],
    fitRows(specs, FIELDS, []),
  );
  const x = fingerprint64(Buffer.from("x"));
  t.deepEqual([...ids.get("a")!], [crossedId([4n, x], 1e6, 0), crossedId([0n, x], 1e6, 0), 0]);
  t.is(ids.get("b")![0], crossedId([x, 4n], 1e6, 0));
  t.not(ids.get("a")![0], ids.get("b")![0]);
});

test("a learned vocabulary counts with its maxSize, so that the cross's ids stay when it grows", (t) => {
  const specs: Spec[] = [{ name: "s", vocabulary: { field: "site", maxSize: 10 } }, day, { name: "c", crossed: { inputs: ["s", "day"] } }];
  t.is(columnSize(specs[2]!, fitRows(specs, FIELDS, [{ site: "a" }])), 12 * 8);
});

test("an exact cross whose size is unknown or above a million is refused and says that buckets or a vocabulary are needed", (t) => {
  const unknown: Spec[] = [{ name: "s", vocabulary: { field: "site" } }, day, { name: "c", crossed: { inputs: ["s", "day"] } }];
  const raw: Spec[] = [day, { name: "c", crossed: { inputs: ["day", "site"] } }];
  const large: Spec[] = [{ name: "h", hashed: { field: "site", buckets: 200_000 } }, day, { name: "c", crossed: { inputs: ["h", "day"] } }];
  for (const specs of [unknown, raw, large])
    t.like(
      t.throws(() => planColumns(specs), { message: /vocabulary.*buckets/ }),
      { code: "E_CROSS_SIZE", exitCode: 2 },
    );
});

test("a cross of itself, of one input, of a repeated one or of a numeric column is refused", (t) => {
  const wrong: Spec[][] = [
    [{ name: "c", crossed: { inputs: ["c", "day"], buckets: 9 } }],
    [
      { name: "c", crossed: { inputs: ["d", "day"], buckets: 9 } },
      { name: "d", crossed: { inputs: ["c", "site"], buckets: 9 } },
    ],
    [{ name: "c", crossed: { inputs: ["day"], buckets: 9 } }],
    [{ name: "c", crossed: { inputs: ["day", "day"], buckets: 9 } }],
    [
      { name: "n", numeric: { field: "day" } },
      { name: "c", crossed: { inputs: ["n", "site"], buckets: 9 } },
    ],
  ];
  for (const specs of wrong)
    t.like(
      t.throws(() => planColumns(specs)),
      { code: "E_CROSS_INPUT", exitCode: 2 },
    );
});
