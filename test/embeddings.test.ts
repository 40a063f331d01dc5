import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, inline, retrain, scratch } from "./kit.js";

/** Ratings of 12 films of two kinds by 40 users, each of whom likes one kind; the last films are rated by few. */
function ratings(): string {
  const lines = ["user,film,rating"];
  for (let user = 0; user < 40; user++)
    for (let film = 0; film < 12; film++) {
      if ((user * 7 + film * 5) % 12 >= 9) continue; // three films that the user has not seen
      const likes = user % 2 === film % 2;
      lines.push(`u${user},${film % 2 === 0 ? "war" : "love"} ${film},${likes ? 5 : 1}`);
    }
  return `${lines.join("\n")}\n`;
}

const config = {
  data: { train: "a.csv", label: "rating", split: { by: "index", every: 10, test: [0], validation: [1] } },
  columns: { user: { kind: "vocabulary", column: "user" }, film: { kind: "vocabulary", column: "film" } },
  model: {
    kind: "twoTower",
    head: "squared",
    user: [{ kind: "embedding", column: "user", dimension: 4 }],
    item: [{ kind: "embedding", column: "film", dimension: 4 }],
  },
  train: { optimizer: { kind: "adagrad", learningRate: 0.3 }, epochs: 40, batchSize: 32 },
  gate: { maxBias: 10, maxLogLossIncrease: 10 },
};

test.serial("neighbours, recommendations and clusters of a published two-tower model", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), ratings());
  const base = inline(directory, config);
  const { model } = await retrain(base);
  const { stdout: inside } = await cli(["inspect", model?.path ?? ""]);
  t.regex(inside, /kind +twoTower\n[\s\S]*embedding +columns +ids +with a vector +dimension\nuser +user +42 +\d+ +4\nfilm +film +14 +\d+ +4\n/);
  const ask = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => cli([args[0]!, ...base, ...args.slice(1)]);

  const near = JSON.parse((await ask("neighbours", "--column", "film", "--key", "war 2", "-k", "5", "--json")).stdout) as { key: string; similarity: number }[];
  t.deepEqual(
    near.map(({ key }) => key.slice(0, 3)),
    ["war", "war", "war", "war", "war"],
  );
  t.true(
    near.every(({ similarity }, i) => similarity <= 1.0001 && (i === 0 || similarity <= near[i - 1]!.similarity)) && near.every(({ key }) => key !== "war 2"),
  );
  t.regex((await ask("neighbours", "--column", "film", "--key", "war 2", "--metric", "dot")).stdout, /film +dot\nlove|film +dot\nwar/);

  const unknown = await ask("neighbours", "--column", "film", "--key", "wra 2", "--json");
  t.is(unknown.code, 2);
  t.regex(unknown.stdout, /"E_KEY"[\s\S]*nearly the same are .*war 2/);
  t.is((await ask("neighbours", "--column", "rating", "--key", "1")).code, 2);
  const byRow = JSON.parse((await ask("neighbours", "--column", "film", "--row", '{"film": "war 2"}', "-k", "6", "--json")).stdout) as typeof near;
  t.is(byRow[0]!.key, "war 2", "a row's vector is that of its value");
  t.deepEqual(byRow.slice(1), near);
  const few = JSON.parse((await ask("neighbours", "--column", "film", "--key", "war 2", "--among", "3", "--json")).stdout) as typeof near;
  t.true(few.length === 2 || few.length === 3);
  const neither = await ask("neighbours", "--column", "film");
  t.is(neither.code, 2);
  t.regex(neither.stderr, /E_USAGE: --key .* or --row .*: give one of them/);

  // u0 has not seen the films f with 5 f mod 12 in [9, 12): 9, 2 and 7, of which war 2 is of its kind.
  const best = JSON.parse((await ask("recommend", "--key", "u0", "--json")).stdout) as { key: string; prediction: number }[];
  t.deepEqual(best.map(({ key }) => key).sort(), ["love 7", "love 9", "war 2"]);
  t.is(best[0]!.key, "war 2");
  const all = JSON.parse((await ask("recommend", "--key", "u0", "--all", "-k", "6", "--json")).stdout) as { key: string }[];
  t.true(all.every(({ key }) => key.startsWith("war")));
  t.regex((await ask("recommend", "--key", "nobody")).stderr, /nobody has no vector/);
  t.deepEqual(JSON.parse((await ask("recommend", "--row", '{"user": "u0"}', "--json")).stdout), best);
  const typo = await ask("recommend", "--row", '{"usre": "u0"}');
  t.is(typo.code, 2);
  t.regex(typo.stderr, /reads no field "usre" of a user; allowed are user/);
  t.is((await ask("recommend")).code, 2);
  t.is((await ask("recommend", "--key", "u0", "--row", "{}")).code, 2);

  // A file of users: each has what it gets alone.
  const users = path.join(directory, "users.csv");
  fs.writeFileSync(users, "user,country\nu0,DE\nnobody,FR\nu1,US\n");
  const recs = path.join(directory, "recs.csv");
  const done = await ask("recommend", "--input", users, "--output", recs, "--keep", "country,user", "-k", "4", "--json");
  t.is(done.code, 0, done.stderr);
  t.like(JSON.parse(done.stdout), { rows: { read: 3, rejected: 0 }, unknown: 1 });
  const lines = fs.readFileSync(recs, "utf8").trim().split("\n");
  t.is(lines[0], "country,user,item,prediction");
  const own = JSON.parse((await ask("recommend", "--key", "u1", "-k", "4", "--json")).stdout) as { key: string; prediction: number }[];
  const rows = (of: typeof best, head: string): string[] => of.map(({ key, prediction }) => `${head},${key},${prediction}`);
  t.deepEqual(
    lines.filter((line) => line.startsWith("DE") || line.startsWith("US")),
    [...rows(best, "DE,u0"), ...rows(own, "US,u1")],
  );
  t.is(lines.filter((line) => line.startsWith("FR,nobody,")).length, 4);
  const missing = await ask("recommend", "--input", users, "--output", recs, "--keep", "city");
  t.regex(missing.stderr, /E_COLUMN_MISSING: .*has no field "city"/);
  t.is((await ask("recommend", "--input", users)).code, 2);

  const groups = JSON.parse((await ask("clusters", "--column", "film", "-k", "2", "--seed", "1", "--json")).stdout) as { clusters: { keys: string[] }[] };
  t.deepEqual(
    groups.clusters.map(({ keys }) => new Set(keys.map((key) => key.slice(0, 3))).size),
    [1, 1],
  );
  t.regex((await ask("clusters", "--column", "film", "-k", "2")).stdout, /^cluster +values +of them\n/);
});

test.serial("a user by several fields, one of them a list: on the command line and in a file of lists", async (t) => {
  const directory = scratch(t);
  // The same films, rated by whoever; who likes which is told by the films that were liked before alone.
  const [header, ...lines] = ratings().trim().split("\n");
  const kinds = ["war;army", "love;heart"];
  const rows = lines.map((line) => `${line},${kinds[Number(line.slice(1, line.indexOf(","))) % 2]}`);
  fs.writeFileSync(path.join(directory, "a.csv"), `${[`${header},liked`, ...rows].join("\n")}\n`);
  const base = inline(directory, {
    ...config,
    columns: { ...config.columns, liked: { kind: "vocabulary", column: "liked", split: ";" } },
    model: {
      ...config.model,
      user: [
        { kind: "embedding", column: "liked", dimension: 4 },
        { kind: "embedding", column: "user", dimension: 4 },
      ],
      dimension: 4,
    },
  });
  await retrain(base);
  const ask = async (...args: string[]): Promise<Awaited<ReturnType<typeof cli>>> => cli([args[0]!, ...base, ...args.slice(1)]);
  const best = async (row: object): Promise<string[]> => {
    const { stdout } = await ask("recommend", "--row", JSON.stringify(row), "-k", "4", "--json");
    return (JSON.parse(stdout) as { key: string }[]).map(({ key }) => key);
  };
  t.true((await best({ liked: "love;heart" })).every((key) => key.startsWith("love")));
  t.true((await best({ liked: "war;army" })).every((key) => key.startsWith("war")));
  // Who it is decides what was seen, whatever stands first in the tower.
  t.deepEqual((await best({ user: "u0", liked: "war;army" })).sort(), ["love 7", "love 9", "war 2"]);
  const users = path.join(directory, "users.csv");
  fs.writeFileSync(users, "liked,user\nlove;heart,\nwar;army,u0\n");
  const recs = path.join(directory, "recs.jsonl");
  const done = await ask("recommend", "--input", users, "--output", recs, "-k", "4", "--json");
  t.like(JSON.parse(done.stdout), { rows: { read: 2, written: 7, rejected: 0 } }, done.stderr);
  const written = fs
    .readFileSync(recs, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { user: string; item: string });
  t.deepEqual(
    written.slice(0, 4).map(({ item }) => item),
    await best({ liked: "love;heart" }),
  );
  t.deepEqual(
    written.slice(4).map(({ item }) => item),
    await best({ user: "u0", liked: "war;army" }),
  );
});

test.serial("two towers of several classes: items by the probability of one", async (t) => {
  const directory = scratch(t);
  const lines = ratings().trim().split("\n");
  // The same films: loved, hated, or (the three last ones) none of both.
  const classed = lines.slice(1).map((line) => line.replace(/5$/, "loved").replace(/1$/, Number(/ (\d+),/.exec(line)![1]) > 8 ? "so-so" : "hated"));
  fs.writeFileSync(path.join(directory, "a.csv"), `${[lines[0], ...classed].join("\n")}\n`);
  const base = inline(directory, { ...config, model: { ...config.model, head: "softmax", dimension: 3 } });
  const { model, test: measured } = await retrain(base);
  t.true(measured!.accuracy! > 0.9, `${measured!.accuracy}`);
  const ask = async (...args: string[]): Promise<Awaited<ReturnType<typeof cli>>> => cli(["recommend", ...base, "--key", "u0", "--all", "-k", "6", ...args]);
  const loved = JSON.parse((await ask("--class", "loved", "--json")).stdout) as { key: string; prediction: number }[];
  t.true(
    loved.every(({ key, prediction }) => key.startsWith("war") && prediction > 0.3),
    JSON.stringify(loved),
  );
  const rows = loved.map(({ key }) => ({ user: "u0", film: key }));
  const loaded = await loadModel(model!.path);
  t.deepEqual(
    loved.map(({ prediction }) => prediction),
    (loaded.predict(rows) as unknown as { probabilities: Record<string, number> }[]).map(({ probabilities }) => probabilities["loved"]!),
  );
  const hated = JSON.parse((await ask("--class", "hated", "--json")).stdout) as { key: string }[];
  t.true(
    hated.slice(0, 4).every(({ key }) => key.startsWith("love")),
    JSON.stringify(hated),
  );
  t.regex((await ask()).stderr, /by which one's probability\? one of hated, loved, so-so/);
  t.regex((await ask("--class", "adored")).stderr, /E_CLASS: .*it has hated, loved, so-so/);
});

test.serial("of a factorized model of three columns the items' one is named; what is recommended may be a file's items", async (t) => {
  const directory = scratch(t);
  const lines = ratings().trim().split("\n");
  const device = (line: string): string => `${line},${line.length % 2 === 0 ? "tv" : "phone"}`;
  fs.writeFileSync(path.join(directory, "a.csv"), `${[`${lines[0]},device`, ...lines.slice(1).map(device)].join("\n")}\n`);
  const base = inline(directory, {
    ...config,
    columns: { ...config.columns, device: { kind: "vocabulary", column: "device" } },
    model: { kind: "factorized", head: "squared", columns: ["user", "film", "device"], rank: 4 },
  });
  await retrain(base);
  const ask = async (...args: string[]): Promise<Awaited<ReturnType<typeof cli>>> => cli(["recommend", ...base, ...args]);
  t.regex((await ask("--key", "u0")).stderr, /which column's values are recommended\? one of user, film, device/);
  const row = ["--item", "film", "--row", '{"user": "u0", "device": "tv"}', "--json"];
  const best = JSON.parse((await ask(...row)).stdout) as { key: string }[];
  t.deepEqual(best.map(({ key }) => key).sort(), ["love 7", "love 9", "war 2"]);
  fs.writeFileSync(path.join(directory, "items.csv"), "year,film\n1999,love 9\n2001,war 4\n2003,war 2\n");
  const among = JSON.parse((await ask(...row, "--items", path.join(directory, "items.csv"))).stdout) as { key: string }[];
  t.deepEqual(
    among,
    best.filter(({ key }) => key !== "love 7"),
  );
  fs.writeFileSync(path.join(directory, "wrong.csv"), "year\n1999\n");
  t.regex((await ask(...row, "--items", path.join(directory, "wrong.csv"))).stderr, /E_COLUMN_MISSING: .*no field "film"/);
});
