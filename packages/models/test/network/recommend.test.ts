import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { embeddingOf, loadModel, type Model, Recommender, type Row, recommend, userRow } from "../../dist/index.js";
import { exampleContent, saved } from "../example.js";
import { DEEP, embedded, layer, numeric, TWO_TOWER, table } from "./example.js";
import { exampleRows, networkContent } from "./example-model.js";

async function modelOf(network: v1.INetworkSpec, more: v1.IModelSpec = {}, networkScale = 1): Promise<Model> {
  return loadModel(await saved({ ...networkContent(network, more).content, networkScale }));
}

/** All items predicted and sorted. */
function slow(model: Model, user: Row, items: readonly Row[], field: string, k: number, seen: readonly string[] = []) {
  return items
    .map((item) => ({ ...model.score({ ...user, ...item }), key: String(item[field]) }))
    .filter(({ key }) => !seen.includes(key))
    .sort((a, b) => b.logit - a.logit)
    .slice(0, k)
    .map(({ key, prediction, logit }) => ({ key, prediction, logit }));
}

const user = { age: "31", tags: ["noir", "war"], site: "a.example" };
const towers: v1.INetworkSpec = {
  ...TWO_TOWER,
  linear: ["site", "hour", "age"],
  tables: [table("site", 4), table("tags", 3), table("hour", 4)],
  user: { inputs: [embedded("site"), embedded("tags"), numeric("age")], hidden: [layer(5)], outputs: 3 },
  item: { inputs: [embedded("hour")], outputs: 3 },
};
const factorized = (fieldAware: boolean): v1.INetworkSpec => ({
  kind: v1.NetworkSpec.Kind.FACTORIZED,
  linear: ["site", "hour", "price"],
  tables: [table("site"), table("hour")],
  factorized: { rank: 3, fieldAware, inputs: [embedded("site"), embedded("hour"), numeric("age"), numeric("price")] },
});
const hours = (model: Model): Row[] => embeddingOf(model, "hour").keys.map((hour) => ({ hour }));

test("the best items of two towers are those of a full search, whatever fields of items the user's row has", async (t) => {
  const model = await modelOf(towers);
  for (const row of [user, {}, ...exampleRows(20)]) {
    const { hour: _hour, ...own } = row as { hour?: number };
    t.deepEqual(recommend(model, row, { k: 5 }), slow(model, own, hours(model), "hour", 5));
  }
});

test("a scale of the network's output counts", async (t) => {
  for (const network of [towers, factorized(false), factorized(true)])
    for (const scale of [0.01, 40]) {
      const model = await modelOf(network, { head: v1.Head.SQUARED }, scale);
      t.deepEqual(recommend(model, user, { k: 5 }), slow(model, user, hours(model), "hour", 5));
    }
});

test("what was seen is left out, and there are no more than there are", async (t) => {
  const model = await modelOf(towers, { head: v1.Head.SQUARED });
  const [first, second, third] = recommend(model, user).map(({ key }) => key);
  t.deepEqual(recommend(model, user, { k: 3, seen: [first!, third!, "never heard of"] }), slow(model, user, hours(model), "hour", 3, [first!, third!]));
  t.is(recommend(model, user, { k: 1, seen: [first!] })[0]!.key, second!);
  t.is(recommend(model, user, { k: 1000 }).length, hours(model).length);
});

test("so are those of a factorized model, field-aware or not, of the column that is named", async (t) => {
  for (const aware of [false, true]) {
    const model = await modelOf(factorized(aware));
    t.deepEqual(recommend(model, user, { k: 6 }), slow(model, user, hours(model), "hour", 6));
    const sites = embeddingOf(model, "site").keys.map((site) => ({ site }));
    t.deepEqual(new Recommender(model, { item: "site" }).recommend({ hour: 7, age: 20 }, { k: 3 }), slow(model, { hour: 7, age: 20 }, sites, "site", 3));
  }
});

test("items of several fields are given, a row for each", async (t) => {
  const model = await modelOf({ ...towers, linear: ["hour", "price"], item: { inputs: [embedded("hour"), numeric("price")], outputs: 3 } });
  const items = Array.from({ length: 60 }, (_, i) => ({ hour: i % 24, price: i / 7, user: `u${i}` })).slice(0, 24);
  t.deepEqual(new Recommender(model, { items }).recommend(user, { k: 7 }), slow(model, user, items, "hour", 7));
  t.throws(() => recommend(model, user), { instanceOf: CrossbillError, message: /hour, price; give `items`/ });
  t.throws(() => new Recommender(model, { items: [...items, items[3]!] }), { message: /two items have the same/ });
});

test("of many items the search finds the best", async (t) => {
  const model = await modelOf({ ...TWO_TOWER, user: TWO_TOWER.item!, item: TWO_TOWER.user! });
  const items = Array.from({ length: 700 }, (_, i) => ({ user: `u${i}` }));
  const all = new Recommender(model, { items });
  for (const site of embeddingOf(model, "site").keys)
    t.deepEqual(
      all.recommend({ site }, { k: 9 }).map(({ logit }) => logit),
      slow(model, { site }, items, "user", 9).map(({ logit }) => logit),
    );
});

test("a user may be given by one value", async (t) => {
  const model = await modelOf(TWO_TOWER);
  t.deepEqual(userRow(model, "u7"), { user: "u7" });
  t.deepEqual(recommend(model, "u7", { k: 3 }), recommend(model, { user: "u7" }, { k: 3 }));
  t.deepEqual(userRow(await modelOf(factorized(false)), "a.example"), { site: "a.example" });
});

test("other models, and columns that see both sides, are refused with the reason", async (t) => {
  const crossed = { ...towers, linear: ["bandHour"] };
  const refusals: [Model, RegExp][] = [
    [await loadModel(await saved(exampleContent())), /two towers or a factorized one/],
    [await modelOf(DEEP), /two towers or a factorized one/],
    [await modelOf(crossed), /"bandHour" sees both user and item/],
    [await modelOf({ ...TWO_TOWER, user: TWO_TOWER.item!, item: TWO_TOWER.user! }), /does not hold the values/],
    [
      await modelOf({
        ...factorized(false),
        tables: [table("site"), table("hour"), table("band")],
        factorized: { rank: 2, inputs: [embedded("site"), embedded("hour"), embedded("band")] },
      }),
      /which column's values are recommended/,
    ],
  ];
  for (const [model, message] of refusals) {
    const error = t.throws(() => recommend(model, user), { instanceOf: CrossbillError, message });
    t.is(error?.code, "E_RECOMMEND");
    t.is(error?.exitCode, 2);
  }
  const model = await modelOf(towers);
  t.throws(() => recommend(model, user, { k: 0 }), { code: "E_RECOMMEND" });
});

test("of several classes those of the largest probability of one; which, has to be said", async (t) => {
  for (const head of [v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.MULTI_LABEL])
    for (const network of [towers, factorized(true)]) {
      const model = await loadModel(await saved(networkContent(network, { head }, { classes: ["a", "b", "c"] }).content));
      const places = hours(model).map((hour) => {
        const { classes } = model.score({ ...user, ...hour });
        return { key: String(hour["hour"]), prediction: classes!.probabilities[1]!, logit: model.explain({ ...user, ...hour }, "b").logit };
      });
      places.sort((x, y) => y.prediction - x.prediction);
      t.deepEqual(recommend(model, user, { k: 4, class: "b", seen: [places[1]!.key] }), [places[0]!, ...places.slice(2, 5)]);
      t.notDeepEqual(recommend(model, user, { k: 4, class: "a" }), recommend(model, user, { k: 4, class: "b" }));
      t.throws(() => recommend(model, user), { instanceOf: CrossbillError, message: /by which one's probability\? one of a, b, c/ });
      t.is((t.throws(() => recommend(model, user, { class: "z" }), { instanceOf: CrossbillError }) as CrossbillError).code, "E_CLASS");
    }
  const single = await modelOf(towers);
  t.throws(() => recommend(single, user, { class: "a" }), { instanceOf: CrossbillError, message: /the model has no classes/ });
});
