import fs from "node:fs";
import path from "node:path";
import test from "ava";
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

  // u0 has not seen the films f with 5 f mod 12 in [9, 12): 9, 2 and 7, of which war 2 is of its kind.
  const best = JSON.parse((await ask("recommend", "--key", "u0", "--json")).stdout) as { key: string; prediction: number }[];
  t.deepEqual(best.map(({ key }) => key).sort(), ["love 7", "love 9", "war 2"]);
  t.is(best[0]!.key, "war 2");
  const all = JSON.parse((await ask("recommend", "--key", "u0", "--all", "-k", "6", "--json")).stdout) as { key: string }[];
  t.true(all.every(({ key }) => key.startsWith("war")));
  t.regex((await ask("recommend", "--key", "nobody")).stderr, /nobody has no vector/);

  const groups = JSON.parse((await ask("clusters", "--column", "film", "-k", "2", "--seed", "1", "--json")).stdout) as { clusters: { keys: string[] }[] };
  t.deepEqual(
    groups.clusters.map(({ keys }) => new Set(keys.map((key) => key.slice(0, 3))).size),
    [1, 1],
  );
  t.regex((await ask("clusters", "--column", "film", "-k", "2")).stdout, /^cluster +values +of them\n/);
});
