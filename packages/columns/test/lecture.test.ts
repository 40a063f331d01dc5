import test from "ava";
import { columnSize, featureName, RowEncoder } from "../dist/index.js";
import { fitRows, reset, type Spec } from "./support.js";

/*
 * The lecture's count of inputs: 7 days and 24 hours are 31; crossed they are 168 more; and with the 50 states of the U.S. "the triple cartesian product is already at
 * 8,400 features".
 */
const STATES = Array.from({ length: 50 }, (_, i) => `state ${i}`);
const SPECS: readonly Spec[] = [
  { name: "day", identity: { field: "day", size: 7 } },
  { name: "hour", identity: { field: "hour", size: 24 } },
  { name: "state", vocabulary: { field: "state", values: STATES } },
  { name: "dayHour", crossed: { inputs: ["day", "hour"] } },
  { name: "dayHourState", crossed: { inputs: ["day", "hour", "state"] } },
  { name: "nested", crossed: { inputs: ["dayHour", "state"] } },
];

test("day, hour, their cross and that with the state have 7 + 24 + 168 + 8,400 inputs", (t) => {
  reset();
  const state = fitRows(SPECS, ["day", "hour", "state"], []);
  const encoder = new RowEncoder(SPECS, state, []);
  const seen = new Map(SPECS.map(({ name }) => [name!, new Set<number>()]));
  const names = new Set<string>();
  for (let day = 0; day < 7; day++)
    for (let hour = 0; hour < 24; hour++)
      for (const place of STATES) {
        const { ids } = encoder.encodeRow({ day, hour, state: place });
        for (const [name, id] of ids) seen.get(name)!.add(id);
        names.add(featureName(SPECS[4]!, state, ids.get("dayHourState")!));
      }
  const inputs = Object.fromEntries([...seen].map(([name, ids]) => [name, ids.size]));
  t.deepEqual(inputs, { day: 7, hour: 24, state: 50, dayHour: 168, dayHourState: 8400, nested: 8400 });
  t.is(inputs["day"]! + inputs["hour"]! + inputs["dayHour"]! + inputs["dayHourState"]!, 8599);
  t.is(names.size, 8400);
  t.true(names.has("day=6 x hour=23 x state=state 49"));
  for (const ids of seen.values()) t.false(ids.has(0), "id 0 is kept for missing values");
});

test("besides these a column has a feature for a missing value, and a vocabulary one for unknown ones; a cross has theirs", (t) => {
  reset();
  const state = fitRows(SPECS, ["day", "hour", "state"], []);
  t.deepEqual(
    SPECS.map((spec) => columnSize(spec, state)),
    [1 + 7, 1 + 24, 2 + 50, 8 * 25, 8 * 25 * 52, 8 * 25 * 52],
  );
});
