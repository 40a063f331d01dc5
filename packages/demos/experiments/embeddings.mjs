// What the vectors of trained networks look like: nearest films, and how well digits stand apart.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, silhouette, writeProjector } from "@crossbill/models";
import { fixed, table } from "./laboratory.mjs";

const CROSSBILL = fileURLToPath(new URL("../../crossbill/bin/crossbill.js", import.meta.url));

/** Films that the nearest ones are looked for among: the most rated. */
export const AMONG = 500;

/** The films nearest to one, as `crossbill neighbours` tells them, and how often each was rated. */
export function nearestFilms({ folder, model, titles, ratings, film }) {
  const asked = [
    "neighbours",
    "--column",
    "film",
    "--key",
    film,
    "-k",
    "10",
    "--among",
    String(AMONG),
    "--config",
    "network.config.mjs",
    "--model",
    model,
    "--json",
  ];
  const nearest = JSON.parse(execFileSync(process.execPath, [CROSSBILL, ...asked], { cwd: folder, encoding: "utf8" }));
  const titleOf = new Map();
  for (const line of fs.readFileSync(titles, "utf8").split("\n")) {
    const [, id, quoted, plain] = /^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),/.exec(line) ?? [];
    if (id !== undefined) titleOf.set(id, quoted?.replaceAll('""', '"') ?? plain);
  }
  const times = new Map();
  for (const line of fs.readFileSync(ratings, "utf8").split("\n")) {
    const id = line.split(",")[1];
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const rows = nearest.map(({ key, similarity }) => [titleOf.get(key), times.get(key), fixed(similarity, 3)]);
  return { title: titleOf.get(film), table: table(["film", "ratings", "cosine"], rows) };
}

/** Silhouettes of the last `test` rows of a libsvm file, grouped by label: of the rows themselves, of their pooled vectors and of the last hidden layer. Vectors are written for the projector, too. */
export async function digitsApart({ models, file, test, layer, projector }) {
  const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-test);
  const labels = lines.map((line) => line.slice(0, line.indexOf(" ")));
  const items = lines.map((line) =>
    line
      .split(" ")
      .slice(1)
      .map((item) => item.split(":")),
  );
  const pixels = new Float32Array(784 * items.length);
  for (const [i, row] of items.entries()) for (const [pixel, value] of row) pixels[784 * i + Number(pixel) - 1] = Number(value);
  const told = [["pixels", 784, silhouette(pixels, 784, labels)]];
  const tensors = [];
  const rows = items.map((row) => ({ features: Object.fromEntries(row.map(([pixel, value]) => [pixel, Number(value)])) }));
  for (const [name, folder] of models) {
    const model = await loadModel(folder);
    for (const { what, part } of [
      { what: "pooled vector", part: { column: "features" } },
      { what: `hidden layer ${layer}`, part: { layer } },
    ]) {
      const embedded = model.embed(rows, part);
      const dimension = embedded[0].length;
      const vectors = Float32Array.from(embedded.flatMap((vector) => [...vector]));
      told.push([`${name}: ${what}`, dimension, silhouette(vectors, dimension, labels)]);
      tensors.push({ name: `${name} ${what}`.replaceAll(" ", "-"), dimension, vectors, header: ["digit"], metadata: labels.map((label) => [label]) });
    }
  }
  await writeProjector(projector, tensors);
  process.stderr.write(`networks: vectors of digits for the projector: tensorboard --logdir ${path.relative(process.cwd(), projector)}\n`);
  return table(
    ["vectors", "numbers", "silhouette"],
    told.map(([what, d, s]) => [what, d, fixed(s, 3)]),
  );
}
