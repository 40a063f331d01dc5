import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { RunSummary } from "crossbill";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BIN = path.join(root, "packages/crossbill/bin/crossbill.js");
const MAIN = pathToFileURL(path.join(root, "packages/crossbill/dist/bundle/crossbill-cli-main.js")).href;
/** Commands that never have threads. */
const THREADLESS = ["models", "inspect", "export", "neighbours", "recommend", "clusters"];

export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Whether a process of its group still runs. */
  left: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: what a program printed
  json: any;
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Flags of Node.js. */
  node?: string[];
  /** A program that runs Node.js, with its arguments: strace. */
  under?: string[];
  /** When `signal` goes to the process group: after so many milliseconds, or once something is so. */
  killAfter?: number | (() => boolean);
  signal?: NodeJS.Signals;
  timeout?: number;
}

/**
 * Runs the command line: as a user does, in its own process, where threads, signals, faults, folders or Node.js are what a test is about; a command without threads
 * and options in this one, which is several times quicker.
 */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  if (Object.keys(options).length > 0 || !(args.includes("inline") || THREADLESS.includes(args[0]!))) return ownProcess(args, options);
  const ended = last.then(() => here(args));
  last = ended.catch(() => undefined);
  return ended;
}

/** One at a time: what the process prints is caught. */
let last: Promise<unknown> = Promise.resolve();

async function here(args: readonly string[]): Promise<Ended> {
  const { main } = (await import(MAIN)) as { main: (argv: readonly string[]) => Promise<void> };
  const said = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"] as const;
  const writes = streams.map((name) => process[name].write.bind(process[name]));
  const before = process.exitCode;
  for (const name of streams) {
    process[name].write = (text: string | Uint8Array): boolean => {
      said[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      return true;
    };
  }
  try {
    process.exitCode = undefined;
    await main([process.execPath, BIN, ...args]);
    return { code: Number(process.exitCode ?? 0), signal: null, ...said, left: false, json: jsonOf(args, said.stdout) };
  } finally {
    process.exitCode = before;
    for (const [i, name] of streams.entries()) process[name].write = writes[i]!;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a program printed
function jsonOf(args: readonly string[], stdout: string): any {
  return args.includes("--json") && stdout.trim().startsWith("{") ? JSON.parse(stdout) : null;
}

function ownProcess(args: readonly string[], options: CliOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const command = [...(options.under ?? []), process.execPath, ...(options.node ?? []), BIN, ...args];
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    const stop = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    };
    const { killAfter, signal: sent = "SIGKILL" } = options;
    const timers = [setTimeout(() => stop("SIGKILL"), options.timeout ?? 300_000)];
    if (typeof killAfter === "number") timers.push(setTimeout(() => stop(sent), killAfter));
    else if (killAfter !== undefined) {
      const watch = setInterval(() => {
        if (!killAfter()) return;
        clearInterval(watch);
        stop(sent);
      }, 5);
      timers.push(watch);
    }
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes.toString();
    });
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({
        code,
        signal,
        stdout,
        stderr,
        left: isAlive(child.pid),
        json: jsonOf(args, stdout),
      });
    });
  });
}

function isAlive(group: number | undefined): boolean {
  try {
    process.kill(-(group ?? 0), 0);
    return true;
  } catch {
    return false;
  }
}

/** A folder that is removed when the test file ends. */
export function scratch(t: { teardown: (f: () => void) => void }): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-e2e-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A small click log with a planted truth, as rows of texts; seeded. */
export function clicks(rows: number, seed: number): Record<string, string>[] {
  let s = seed >>> 0;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    let x = s;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
  };
  const countries = ["DE", "FR", "US", "IN"];
  const devices = ["phone", "tablet", "desktop"];
  return Array.from({ length: rows }, (_, i) => {
    const country = Math.floor(uniform() * 4);
    const device = Math.floor(uniform() * 3);
    const site = Math.floor(60 * uniform() ** 2);
    const price = Math.round(uniform() * uniform() * 400) / 4;
    const age = uniform() < 0.1 ? "" : String(18 + Math.floor(uniform() * 60));
    const score = -1.2 + 0.6 * (country - 1) * (device - 1) + ((site * 7) % 5) / 4 - price / 60;
    return {
      id: String(i),
      user: `u${Math.floor(uniform() * 800)}`,
      country: countries[country]!,
      device: devices[device]!,
      site: `s${site}`,
      price: String(price),
      age,
      clicked: uniform() < 1 / (1 + Math.exp(-score)) ? "1" : "0",
    };
  });
}

export function csv(rows: readonly Record<string, string>[]): string {
  const names = Object.keys(rows[0]!);
  const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${[names, ...rows.map((row) => names.map((name) => row[name]!))].map((cells) => cells.map(quoted).join(",")).join("\n")}\n`;
}

/** The configuration that goes with {@link clicks}: every kind of column. */
export function clickConfig(
  train: string | string[],
  more: { data?: object; columns?: object; model?: object; train?: object; evaluate?: object; gate?: object } = {},
): object {
  return {
    data: { train, label: "clicked", key: "id", split: { by: "hash", column: "user", validation: 0.1, test: 0.2 }, ...more.data },
    columns: {
      price: { kind: "numeric", column: "price", missing: "indicator" },
      age: { kind: "numeric", column: "age" },
      ageBand: { kind: "bucketized", column: "age", boundaries: [25, 35, 50] },
      priceBand: { kind: "bucketized", column: "price", quantiles: 8, of: "nonZero" },
      country: { kind: "vocabulary", column: "country" },
      device: { kind: "vocabulary", column: "device" },
      site: { kind: "vocabulary", column: "site", minCount: 2 },
      user: { kind: "hashed", column: "user", buckets: 512 },
      countryDevice: { kind: "crossed", columns: ["country", "device"], buckets: 256 },
      ...more.columns,
    },
    model: { kind: "linear", l2: 1e-5, ...more.model },
    train: { optimizer: { kind: "ftrl", alpha: 0.1 }, epochs: 3, batchSize: 256, ...more.train },
    evaluate: { slices: ["country", ["country", "device"]], ...more.evaluate },
    gate: { maxLogLossIncrease: 0.1, maxBias: 0.2, ...more.gate },
  };
}

/** Writes the configuration and gives the options that name it. */
export function configured(directory: string, config: object): string[] {
  fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify(config));
  return ["--config", path.join(directory, "crossbill.config.json"), "--workdir", path.join(directory, "work")];
}

/** {@link configured} without threads: for what is about data, not about them. */
export function inline(directory: string, config: object): string[] {
  return [...configured(directory, config), "--executor", "inline"];
}

/** {@link inline} and the like, with so many threads after all. */
export function threads(base: readonly string[], workers: number): string[] {
  return [...base.slice(0, 4), "--workers", String(workers)];
}

/** retrain --json; its summary. Fails the test when it does not end with 0. */
export async function retrain(base: readonly string[], args: readonly string[] = [], options: CliOptions = {}): Promise<RunSummary> {
  const ended = await cli(["retrain", ...base, "--json", ...args], options);
  if (ended.code !== 0 || ended.json === null) throw new Error(`retrain ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`);
  return ended.json as RunSummary;
}
