import { createRequire } from "node:module";
import type { StepCommand } from "@crossbill/pipeline";
import { Command, CommanderError, Option } from "commander";
import type { AblateCommandOptions } from "./commands/ablate.js";
import type { ClustersOptions, NeighboursOptions } from "./commands/embeddings.js";
import type { ExportOptions } from "./commands/export.js";
import type { InitCommandOptions } from "./commands/init.js";
import type { PredictOptions } from "./commands/predict.js";
import type { RecommendOptions } from "./commands/recommend.js";
import type { TuneCommandOptions } from "./commands/tune.js";
import { integer, withCommonOptions } from "./options.js";
import { stopOnSignals } from "./signals.js";

/* Help and version must be quick: commands load what they need when they run, never before. */

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/** Runs the command line. Sets the exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return;
      process.exitCode = 2;
      const json = argv.includes("--json");
      const text = thrown.message.replace(/^error: /, "");
      if (json) process.stdout.write(`${JSON.stringify({ error: { code: "E_USAGE", message: text } })}\n`);
      process.stderr.write(`E_USAGE: ${text}; see crossbill --help\n`);
      return;
    }
    const { reportFailure } = await import("./failure.js");
    reportFailure(thrown, argv.includes("--json"));
  }
}

/** Listens to signals first: loading the rest takes a moment. */
async function runStep(command: StepCommand, options: object): Promise<void> {
  const stop = stopOnSignals();
  await (await import("./commands/run.js")).run(command, options, stop);
}

function withTensorboard(command: Command): Command {
  return withCommonOptions(command).option("--tensorboard <dir>", "write an event file of the model for TensorBoard, in a folder of its own there");
}

function buildProgram(): Command {
  const program = new Command("crossbill")
    .description("Learns calibrated probabilities from sparse tables and keeps them trustworthy night after night.")
    .version(version, "--version")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showHelpAfterError(false)
    .helpCommand(false);
  const add = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .allowExcessArguments(false);

  add("init <data-file>", "look at a sample of the data, write a commented crossbill.config.ts with a column for each field")
    .option("--label <field>", "the field to predict, instead of a guess")
    .option("--positive <text>", "its text of the positive class")
    .option("--config <file>", "the file to write (default: crossbill.config.ts in the current folder); never one that is there")
    .option("--json", "what was decided, as one JSON object on standard output")
    .option("--quiet", "say nothing")
    .action(async (file: string, options: InitCommandOptions) => (await import("./commands/init.js")).init(file, options));
  for (const [name, description] of [
    ["ingest", "read the data: fit the feature state, write packs"],
    ["publish", "gate, then registry"],
  ] as const) {
    withCommonOptions(add(name, description)).action((options: object) => runStep(name, options));
  }
  for (const [name, description] of [
    ["train", "packs -> model candidate (resumes from a checkpoint if one is there)"],
    ["retrain", "ingest, train, evaluate, gate, publish, report; steps whose inputs did not change are skipped"],
  ] as const) {
    withTensorboard(add(name, description)).action((options: object) => runStep(name, options));
  }
  withTensorboard(add("evaluate", "score the test part, or other files, and measure; compare with another model"))
    .option("--model <ref>", "current, a version, candidate or a path (default: candidate)")
    .option("--against <ref>", "the model to compare with (default: current)")
    .option("--input <files...>", "data files with labels (compressed ones, too), addresses, or -, instead of the test part")
    .action((options: object) => runStep("evaluate", options));
  withTensorboard(add("report", "write report.html and report.json"))
    .option("--model <ref>", "current, a version, candidate or a path (default: candidate)")
    .option("--tables <dir>", "write every table of the report there, one CSV file each")
    .action((options: object) => runStep("report", options));
  withCommonOptions(add("tune", "search over hyper-parameters on the validation part: a table of trials, the best configuration"))
    .addOption(new Option("--search <name>", "how, instead of the configuration's tune.search").choices(["grid", "random", "halving", "path"]))
    .addOption(new Option("--trials <n>", "trials of random and halving, values of a path, instead of the configuration's").argParser(integer(1, 10_000)))
    .addOption(
      new Option("--parallel <n>", "trainings at a time (default: as many as there are workers and memory for); never changes a result").argParser(
        integer(1, 256),
      ),
    )
    .action(async (options: TuneCommandOptions) => {
      const stop = stopOnSignals();
      await (await import("./commands/tune.js")).tune(options, stop);
    });
  withCommonOptions(add("ablate", "what each column brings: the model is trained without one column after another and measured on the same rows"))
    .option("--columns <names>", "only these columns and crosses of the model, with commas between")
    .addOption(
      new Option("--parallel <n>", "trainings at a time (default: as many as there are workers and memory for); never changes a result").argParser(
        integer(1, 256),
      ),
    )
    .action(async (options: AblateCommandOptions) => {
      const stop = stopOnSignals();
      await (await import("./commands/ablate.js")).ablate(options, stop);
    });
  withCommonOptions(add("predict", "score the rows of files, same rows out in the same order"))
    .requiredOption("--input <files...>", "data files (compressed ones, too), addresses, or - for standard input, in this order; the label may be missing")
    .requiredOption("--output <file>", "predictions: .csv, .jsonl, .arrow or .parquet by extension")
    .option("--model <ref>", "current, a version, candidate or a path (default: current)")
    .option("--keep <fields>", "fields of the input to copy, with commas between")
    .action(async (options: PredictOptions) => (await import("./commands/predict.js")).predict(options));
  withCommonOptions(add("export", "a model, or its weights, for other tools"))
    .addOption(
      new Option(
        "--format <name>",
        "onnx: a graph over encoded rows; arrow, tsv: the weights other than 0, or an embedding; tensorboard: all embeddings; int8: layers in 8 bits",
      )
        .choices(["onnx", "arrow", "tsv", "tensorboard", "int8"])
        .makeOptionMandatory(),
    )
    .requiredOption("--output <path>", "the file (tensorboard: the folder) to write")
    .option("--column <name>", "of arrow and tsv: the embedding of this column")
    .option("--model <ref>", "current, a version, candidate or a path (default: current)")
    .action(async (options: ExportOptions) => (await import("./commands/export.js")).exportTo(options));
  const reference = "current, a version, candidate or a path (default: current)";
  withCommonOptions(add("neighbours", "values of a column whose embeddings are nearest to that of a value, or of a row"))
    .requiredOption("--column <name>", "a column with an embedding")
    .option("--key <value>", "one of its values")
    .option("--row <json>", 'the fields of a row, whose vector in this column is taken: {"history": ["a", "b"]}')
    .addOption(new Option("-k <n>", "how many").argParser(integer(1, 1_000_000)).default(10))
    .addOption(new Option("--metric <name>", "what is near").choices(["cosine", "dot", "euclidean"]).default("cosine"))
    .addOption(new Option("--among <n>", "of a vocabulary: among its n most frequent values alone").argParser(integer(1, 2 ** 32)))
    .option("--model <ref>", reference)
    .action(async (options: NeighboursOptions) => (await import("./commands/embeddings.js")).showNeighbours(options));
  withCommonOptions(add("recommend", "the best items for a user, of a two-tower or factorized model; those that the user had in the data are left out"))
    .option("--key <value>", "the user, by the value of its column")
    .option("--row <json>", 'the user, by its fields: {"user": "3", "history": ["a", "b"]}')
    .option("--input <files...>", "users of data files (compressed ones, too), addresses, or - for standard input, one a row")
    .option("--output <file>", "with --input: recommendations, one a row, .csv, .jsonl, .arrow or .parquet by extension")
    .option("--keep <fields>", "with --input: fields of the input to copy, with commas between (default: the user)")
    .addOption(new Option("-k <n>", "how many").argParser(integer(1, 1_000_000)).default(10))
    .option("--item <column>", "of a factorized model: the column whose values are recommended (default: the second of two)")
    .option("--items <files...>", "what is recommended, an item a row with the fields that the model reads of items (default: all values of the item's column)")
    .option("--class <name>", "of a model of several classes: the one by whose probability items are the best")
    .option("--all", "items that the user had, too")
    .option("--model <ref>", reference)
    .action(async (options: RecommendOptions) => (await import("./commands/recommend.js")).recommendItems(options));
  withCommonOptions(add("clusters", "k-means over the embedding of a column, seeded"))
    .requiredOption("--column <name>", "a column with an embedding")
    .addOption(new Option("-k <n>", "how many").argParser(integer(1, 1_000_000)).makeOptionMandatory())
    .option("--model <ref>", reference)
    .action(async (options: ClustersOptions) => (await import("./commands/embeddings.js")).showClusters(options));
  withCommonOptions(add("inspect <path>", "what is in a work folder, an ingest manifest, a pack or a model, for people"))
    .option("--against <run>", "of a work folder: the earlier run to compare the data with (default: the one it was checked against)")
    .option("--collisions", "of a work folder: which keys of hashed columns collide, and which collisions hurt (reads the data again)")
    .addOption(new Option("--salts <n>", "with --collisions: try so many salts").argParser(integer(1, 1000)))
    .addOption(new Option("--weights <n>", "of a model: strongest weights to show (default: 20)").argParser(integer(0, 1_000_000)))
    .option("--column <name>", "of a model: only this column's weights")
    .option("--norm <p>", "of a model: the norm Lp of the weights, too; p above 0")
    .action(async (path: string, options: object) => (await import("./commands/inspect.js")).inspect(path, options));

  const models = add("models", "the registry: list, show, rollback, gc, fsck");
  const sub = (name: string, description: string): Command =>
    withCommonOptions(
      models
        .command(name)
        .description(description)
        .exitOverride()
        .configureOutput({ writeErr: () => undefined })
        .allowExcessArguments(false),
    );
  sub("list", "all versions").action(async (options: object) => (await import("./commands/models.js")).list(options));
  sub("show <version>", "one version").action(async (version: string, options: object) => (await import("./commands/models.js")).show(version, options));
  sub("rollback [version]", "make an earlier version current (default: the one before)").action(async (version: string | undefined, options: object) =>
    (await import("./commands/models.js")).rollback(version, options),
  );
  sub("gc", "remove old versions and leftovers")
    .option("--keep <n>", "versions to keep", integer(1, 10_000))
    .action(async (options: object) => (await import("./commands/models.js")).gc(options));
  sub("fsck", "check every file of every version").action(async (options: object) => (await import("./commands/models.js")).fsck(options));

  add("task", "reads framed tasks on standard input, writes framed results on standard output")
    .option("--workdir <dir>", "root of the work folder", ".")
    .action(async (options: { workdir: string }) => (await import("./commands/task.js")).task(options));
  add("doctor", "Node version, cores, memory, WebAssembly features, engines")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => (await import("./commands/doctor.js")).doctor(options, version));
  return program;
}
