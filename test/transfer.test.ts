import fs from "node:fs";
import path from "node:path";
import { APARTMENT_NOISE, apartmentLog, DAYS, trafficLog } from "@crossbill/synthetic";
import test, { type ExecutionContext } from "ava";
import { adam, type ConfigInput, crossed, deep, embedding, exact, identity, linear, numeric, type RunSummary, runCommand, vocabulary } from "crossbill";
import { scratch } from "./kit.js";

/** A folder with data, and models of it: each is trained in a work folder of its own and measured, if asked as a paired difference from another one. */
class Bench {
  readonly #directory: string;

  constructor(t: ExecutionContext, files: Readonly<Record<string, Iterable<Uint8Array>>>) {
    this.#directory = scratch(t);
    for (const [name, chunks] of Object.entries(files)) fs.writeFileSync(path.join(this.#directory, name), Buffer.concat([...chunks]));
  }

  async measure(name: string, config: ConfigInput, against?: RunSummary): Promise<RunSummary & { path: string }> {
    fs.writeFileSync(path.join(this.#directory, "crossbill.config.json"), JSON.stringify(config));
    const options = { cwd: this.#directory, workdir: path.join(this.#directory, name), workers: 1, executor: "inline" } as const;
    for (const step of ["ingest", "train"] as const) await runCommand(step, options);
    const summary = await runCommand("evaluate", { ...options, ...(against === undefined ? {} : { against: against.model!.path }) });
    return { ...summary, path: summary.model!.path };
  }
}

test.serial(
  "London to Frankfurt: vectors of day and hour that a hundred times as many rows have taught, frozen, beat those of the city's own rows",
  async (t) => {
    const bench = new Bench(t, {
      "london.csv": trafficLog("london", { rows: 20_000 }),
      "frankfurt.csv": trafficLog("frankfurt", { rows: 200 }),
      "test.csv": trafficLog("frankfurt", { rows: 1000, seed: 2 }),
    });
    const config = (train: string, transfer: object, epochs: number, batchSize: number): ConfigInput => ({
      data: { train, test: "test.csv", label: "vehicles", split: { by: "index", every: 5, validation: [0] } },
      columns: {
        day: vocabulary("day", { values: [...DAYS] }),
        hour: identity("hour", { size: 24 }),
        dayHour: crossed(["day", "hour"]),
        road: vocabulary("road"),
      },
      model: deep({ head: "poisson", columns: [embedding("dayHour", { dimension: 2, ...transfer }), embedding("road", { dimension: 4 })], hidden: [16] }),
      train: { optimizer: adam({ learningRate: 0.02 }), epochs, batchSize },
    });
    const london = await bench.measure("london", config("london.csv", {}, 8, 128));
    const alone = await bench.measure("alone", config("frankfurt.csv", {}, 60, 32));
    const from = { model: london.path, column: "dayHour" };
    const { test: moved } = await bench.measure("moved", config("frankfurt.csv", { from, trainable: false }, 60, 32), alone);
    t.true(moved!.against!.high < 0, `difference in loss ${moved!.against!.logLossDifference}, at most ${moved!.against!.high}`);
    t.true(moved!.deviance! < 0.5 * alone.test!.deviance!, `deviance ${moved!.deviance} after ${alone.test!.deviance}`);
  },
);

test.serial(
  "the price of an apartment from rooms, area and words: one network beats linear models with and without words, and comes near the noise",
  async (t) => {
    const bench = new Bench(t, { "apartments.csv": apartmentLog({ rows: 2000 }) });
    const config = (model: ConfigInput["model"], train: ConfigInput["train"]): ConfigInput => ({
      data: { train: "apartments.csv", label: "price", split: { by: "index", every: 5, test: [0], validation: [1] } },
      columns: {
        text: vocabulary("text", { split: "words" }),
        rooms: numeric("rooms", { scale: "standardize" }),
        area: numeric("area", { scale: "standardize" }),
      },
      model,
      train,
    });
    const line = (...columns: string[]): ConfigInput => config(linear({ head: "squared", columns, l2: 1e-5 }), { optimizer: exact() });
    const wordless = await bench.measure("wordless", line("rooms", "area"));
    const words = await bench.measure("words", line("rooms", "area", "text"), wordless);
    t.true(words.test!.against!.high < 0);
    const network = deep({ head: "squared", columns: [embedding("text", { dimension: 3, combiner: "mean" }), "rooms", "area"], hidden: [16] });
    const { test: measured } = await bench.measure("network", config(network, { optimizer: adam({ learningRate: 0.01 }), epochs: 60, batchSize: 64 }), words);
    t.true(measured!.against!.high < 0, `difference in squared error ${measured!.against!.logLossDifference}, at most ${measured!.against!.high}`);
    t.true(measured!.rmse < 1.4 * APARTMENT_NOISE && words.test!.rmse > 2 * APARTMENT_NOISE, `RMSE ${measured!.rmse} after ${words.test!.rmse}`);
  },
);
