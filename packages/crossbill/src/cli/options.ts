import { type Command, InvalidArgumentError, Option } from "commander";

/** What the common options of every command parse to. */
export interface CommonOptions {
  config?: string;
  workdir?: string;
  workers?: number;
  seed?: number;
  memory?: number;
  executor?: "inline" | "threads";
  engine?: "wasm" | "tfjs" | "tfjs-node";
  fresh?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Adds the options that every command about a configuration shares. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: crossbill.config.{ts,mts,js,mjs,json,yaml} in the current folder)")
    .option("--workdir <dir>", "where packs, checkpoints, models and reports go (default: .crossbill beside the configuration)")
    .addOption(new Option("--workers <n>", "worker threads (default: the cores at hand); never changes a result").argParser(integer(1, 256)))
    .addOption(new Option("--seed <n>", "seed, instead of the configuration's").argParser(integer(0, 2 ** 31 - 1)))
    .addOption(
      new Option("--memory <size>", "ceiling for data held in memory, e.g. 512m or 8g (default: half of the machine's); never changes a result").argParser(
        bytes,
      ),
    )
    .addOption(new Option("--executor <name>", "where tasks run").choices(["inline", "threads"]))
    .addOption(
      new Option(
        "--engine <name>",
        "what trains the layers of networks, instead of the configuration's: built in, or TensorFlow.js (tfjs: native where it works; tfjs-node: native); models predict with the built-in one",
      ).choices(["wasm", "tfjs", "tfjs-node"]),
    )
    .option("--fresh", "ignore checkpoints and finished steps")
    .option("--json", "one JSON object on standard output at the end, nothing else there")
    .option("--quiet", "no progress");
}

export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`wanted a whole number from ${least} to ${most}.`);
    return value;
  };
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 2 ** 10],
  ["m", 2 ** 20],
  ["g", 2 ** 30],
  ["t", 2 ** 40],
]);

/** Bytes of a size such as 512m, 8g, 1048576. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)i?b?$/i.exec(text.trim());
  if (match === null) throw new InvalidArgumentError("wanted a size such as 512m or 8g.");
  const value = Math.floor(Number(match[1]) * (UNITS.get((match[2] ?? "").toLowerCase()) ?? 1));
  if (value < 2 ** 24) throw new InvalidArgumentError("at least 16m are needed.");
  return value;
}
