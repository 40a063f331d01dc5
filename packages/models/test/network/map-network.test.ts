import { v1 } from "@crossbill/messages";
import test from "ava";
import { denseParts, mapNetwork, type NetworkMap, type NetworkPlan } from "../../dist/index.js";
import { COLUMNS } from "../example.js";
import { DEEP, embedded, FACTORIZED, layer, numeric, planOf, TWO_TOWER, table } from "./example.js";

const { MEAN, SUM } = v1.EmbeddingInput.Combiner;
const all = new Set(COLUMNS);
const one = { same: all, fromOutputs: [0] };

function mapped(was: NetworkPlan, now: NetworkPlan, match: Parameters<typeof mapNetwork>[2] = one): NetworkMap {
  const map = mapNetwork(was, now, match);
  if (typeof map === "string") throw new Error(map);
  return map;
}

/** What each of f32[P] is, in words: part, unit and what it is multiplied with. Columns and outputs by name. */
function labels(plan: NetworkPlan, outputs: readonly string[] = ["only"]): string[] {
  const names = new Array<string>(plan.dense);
  const vectorOf = plan.factorized === null ? [] : outputs.flatMap((k) => fields(plan).flatMap((field) => rank(plan).map((r) => `${k} ${field} ${r}`)));
  for (const { name, of, at, units, width } of denseParts(plan)) {
    if (of === "running") continue;
    const tower = plan.towers[name.startsWith("item/") ? 1 : 0]!;
    const last = name.endsWith(`layer ${tower.layers.length}/weights`) && plan.kind === "deep";
    const inputs = tower.inputs.flatMap((input) => Array.from({ length: input.width }, (_, i) => `${input.column} ${i}`));
    for (let unit = 0; unit < units; unit++)
      for (let i = 0; i < width; i++) {
        const input = name.startsWith("numeric/") ? vectorOf[i]! : name.endsWith("layer 1/weights") ? inputs[i]! : `${i}`;
        names[at + unit * width + i] = `${name} of ${last ? outputs[unit]! : unit} by ${input}`;
      }
  }
  return names;
}

const fields = (plan: NetworkPlan): string[] => (plan.factorized!.fieldAware ? plan.towers[0]!.inputs.map(({ column }) => column) : ["any"]);
const rank = (plan: NetworkPlan): number[] => Array.from({ length: plan.factorized!.rank }, (_, r) => r);

test("the same network takes everything along", (t) => {
  for (const network of [DEEP, FACTORIZED, TWO_TOWER]) {
    const plan = planOf(network);
    const { parameters, from, zeros, tables, changed } = mapped(plan, plan);
    t.deepEqual(
      [...parameters],
      Array.from({ length: plan.dense }, (_, i) => i),
    );
    t.deepEqual(from, parameters);
    t.deepEqual([zeros.length, changed.length], [0, 0]);
    t.deepEqual(
      tables.map(({ name, index, earlier, elements }) => [name, index, earlier, elements.length]),
      plan.tables.map(({ name, index, dimension }) => [name, index, index, dimension]),
    );
  }
});

test("numbers follow their inputs, outputs and fields by name; weights by what is new start at 0", (t) => {
  const other: v1.INetworkSpec = {
    ...DEEP,
    tables: [table("hour", 2), table("user", 0), table("site", 5)],
    tower: { ...DEEP.tower!, inputs: [numeric("price"), embedded("hour"), embedded("site"), embedded("user", SUM)] },
  };
  const aware = (names: string[], more: v1.ITowerInput[]): v1.INetworkSpec => ({
    ...FACTORIZED,
    tables: names.map((name) => table(name)),
    factorized: { rank: 2, fieldAware: true, inputs: [...more, ...names.map((name) => embedded(name))] },
  });
  const classes = { head: v1.Head.SOFTMAX };
  const cases: [NetworkPlan, NetworkPlan, string[], string[]][] = [
    [planOf(DEEP, classes, 2), planOf(other, classes, 3), ["a", "b"], ["new", "b", "a"]],
    [
      planOf(aware(["site", "hour"], [numeric("age")]), classes, 2),
      planOf(aware(["hour", "user", "site"], [numeric("price"), numeric("age")]), classes, 2),
      ["a", "b"],
      ["c", "a"],
    ],
  ];
  for (const [was, now, before, after] of cases) {
    const { parameters, from, zeros, tables } = mapped(was, now, { same: all, fromOutputs: after.map((name) => before.indexOf(name)) });
    const [earlier, own] = [labels(was, before), labels(now, after)];
    const wanted = own.flatMap((label, at) => (earlier.includes(label) ? [[at, earlier.indexOf(label)]] : []));
    t.deepEqual(
      [...parameters].map((at, i) => [at, from[i]!]),
      wanted,
    );
    t.true(wanted.length > 10);
    // Of a product nothing starts at 0: what is new there has a vector of its own.
    const fresh = own.flatMap((label, at) => (earlier.includes(label) || now.kind === "factorized" ? [] : [at]));
    t.deepEqual([...zeros], fresh);
    for (const { index, earlier: there, elements, from: places, name } of tables) {
      t.is(now.tables[index]!.name, name);
      t.is(was.tables[there]!.name, name);
      if (now.kind === "factorized")
        for (const [e, at] of elements.entries()) {
          const place = (plan: NetworkPlan, outputs: readonly string[], i: number): string => {
            const of = outputs.flatMap((k) => fields(plan).flatMap((field) => rank(plan).map((r) => `${k} ${field} ${r}`)));
            return of[i]!;
          };
          t.is(place(was, before, places[e]!), place(now, after, at));
        }
    }
  }
});

test("vectors of two towers follow their classes; of a new one the user's half is 0, so that it begins at 0 and learns", (t) => {
  const network = { ...TWO_TOWER, user: { ...TWO_TOWER.user, hidden: [layer(5)], outputs: 3 }, item: { ...TWO_TOWER.item, outputs: 3 } };
  const [was, now] = [planOf(network, { head: v1.Head.SOFTMAX }, 2), planOf(network, { head: v1.Head.SOFTMAX }, 3)];
  const { parameters, from, zeros } = mapped(was, now, { same: all, fromOutputs: [1, -1, 0] });
  const place = new Map([...parameters].map((at, i) => [at, from[i]!]));
  for (const [tower, layers] of [was, now].map(({ towers }) => towers.map((one) => one.layers.at(-1)!))[1]!.entries()) {
    const earlier = was.towers[tower]!.layers.at(-1)!;
    for (let unit = 0; unit < 9; unit++) {
      const k = [1, -1, 0][Math.floor(unit / 3)]!;
      for (let i = 0; i < layers.inputs; i++) {
        const at = layers.weights + unit * layers.inputs + i;
        t.is(place.get(at), k < 0 ? undefined : earlier.weights + (3 * k + (unit % 3)) * layers.inputs + i);
        t.is(zeros.includes(at), k < 0 && tower === 0);
      }
      t.is(place.get(layers.bias + unit), k < 0 ? undefined : earlier.bias + 3 * k + (unit % 3));
    }
  }
});

test("a column that means something else, vectors of another length and another combiner start anew, and are told", (t) => {
  const was = planOf(DEEP);
  const scaled = mapped(was, planOf(DEEP), { same: new Set([...all].filter((name) => name !== "age")), fromOutputs: [0] });
  t.is(scaled.zeros.length, 2 * 4, "both numbers of age, for four units");
  const longer = mapped(was, planOf({ ...DEEP, tables: [table("site", 6), table("user", 0)] }));
  t.deepEqual(longer.changed, [{ column: "site", why: "vectors of 5 numbers there, 6 here" }]);
  t.deepEqual([longer.zeros.length, longer.tables.map(({ name }) => name)], [6 * 4, ["user"]]);
  const pooled = mapped(was, planOf({ ...DEEP, tower: { ...DEEP.tower!, inputs: [embedded("site"), embedded("user", MEAN)] } }));
  t.deepEqual(pooled.changed, [{ column: "user", why: "its vectors are pooled otherwise" }]);
  t.deepEqual([pooled.zeros.length, pooled.tables.length], [18 * 4, 2]);
  const frozen = mapped(was, planOf({ ...DEEP, tables: [table("site", 5, { frozen: true }), table("user", 0)] }));
  t.deepEqual([frozen.zeros.length, frozen.tables.map(({ name }) => name)], [0, ["user"]], "frozen vectors are what they are given");
});

test("another kind, other layers and another rank are no start", (t) => {
  const refused = (was: v1.INetworkSpec, now: v1.INetworkSpec): string => mapNetwork(planOf(was), planOf(now), one) as string;
  t.is(refused(DEEP, FACTORIZED), "its network is deep, that of the configuration factorized");
  const wider = { ...DEEP, tower: { ...DEEP.tower!, hidden: [layer(5)] } };
  t.is(refused(DEEP, wider), "its layers are 4 prelu 0.25, 3 tanh with batch norm, those of the configuration 5 relu");
  t.is(
    refused(FACTORIZED, { ...FACTORIZED, factorized: { ...FACTORIZED.factorized!, fieldAware: true } }),
    "its products are of rank 3, those of the configuration of rank 3, field-aware",
  );
  const two = { ...TWO_TOWER, tables: [table("user", 2), table("site", 2)] };
  t.is(refused(TWO_TOWER, two), "its user's layers are none over user (4), those of the configuration none over user (2)");
});
