import os from "node:os";
import path from "node:path";
import { evaluationHandlers } from "@crossbill/evaluation";
import { ingestHandlers, Spool } from "@crossbill/ingest";
import type { DenseEngineName } from "@crossbill/models";
import { acquireLock, sweepTemporaries } from "@crossbill/storage";
import { collectGarbage, coreBudget, type Executor, inlineExecutor, threadsExecutor } from "@crossbill/tasks";
import { bytesOf } from "./config/bytes.js";
import { type CompiledConfig, compileConfig, sourceFiles } from "./config/compile.js";
import { withDetectedDialect } from "./config/detected.js";
import { chooseColumns } from "./config/infer.js";
import { type LoadedConfig, loadConfig } from "./config/load.js";
import { expandRemote } from "./config/remote-paths.js";
import type { ColumnConfig } from "./config/schema.js";

export type StepName = "ingest" | "train" | "evaluate" | "gate" | "publish" | "report" | "tune" | "ablate";

/** What a step says while it works. */
export interface StepProgress {
  step: StepName;
  /** Part of the step done, in [0, 1]; NaN when unknown. */
  fraction: number;
  /** Rates and losses, for people. */
  facts: string;
}

export interface RunOptions {
  /** Path of the configuration; looked for in `cwd` when left out. */
  config?: string | undefined;
  cwd: string;
  workdir?: string | undefined;
  workers?: number | undefined;
  seed?: number | undefined;
  memoryBytes?: number | undefined;
  executor?: "inline" | "threads" | undefined;
  /** What computes the layers of a network in training, instead of the configuration's train.engine. */
  engine?: DenseEngineName | undefined;
  /** Ignore checkpoints and finished steps. */
  fresh?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: StepProgress) => void;
  /** One line for people: what was skipped, chosen, recovered. */
  onNotice?: (text: string) => void;
}

/** One run over one work folder: configuration, executor, lock. */
export interface RunContext {
  readonly loaded: LoadedConfig;
  /** As the configuration has them, or as the data chose them. */
  readonly columns: Record<string, ColumnConfig>;
  readonly compiled: CompiledConfig;
  /** The work folder. */
  readonly root: string;
  readonly registryRoot: string;
  readonly workers: number;
  /** For data held in memory: what the ceiling leaves beside the program itself. */
  readonly memoryBytes: number;
  readonly executor: Executor;
  /** One more of the same kind over another folder; to be closed by who asked for it. */
  executorAt(folder: string): Executor;
  readonly spool: Spool;
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  progress(step: StepName, fraction: number, facts: string): void;
  notice(text: string): void;
  /** Between two steps: gives back the memory that the one before worked in. */
  rest(): Promise<void>;
}

/** The work folder of a configuration: what `--workdir` says, else `.crossbill` beside the file. */
export function workFolder(loaded: LoadedConfig, options: { workdir?: string | undefined; cwd: string }): string {
  return options.workdir === undefined ? path.join(loaded.directory, ".crossbill") : path.resolve(options.cwd, options.workdir);
}

/**
 * Checks the configuration, takes the work folder's lock, starts the executor, runs `body`, and gives everything back.
 * @throws E_LOCKED when another run works on the same folder
 */
export async function withRun<T>(options: RunOptions, body: (run: RunContext) => Promise<T>): Promise<T> {
  const configured = await loadConfig(options.config, options.cwd);
  const root = workFolder(configured, options);
  const spool = spoolOf(configured, root);
  try {
    return await spool.naming(() => withSpool(configured, root, spool, options, body));
  } finally {
    await spool.close();
  }
}

/** Where plain local files are made of sources that are none. */
export function spoolOf({ config }: LoadedConfig, root: string): Spool {
  const most = config.data.maxDecompressed;
  return new Spool({ folder: path.join(root, "spool"), ...(most === undefined ? {} : { maxDecompressed: bytesOf(most) }) });
}

async function withSpool<T>(configured: LoadedConfig, root: string, spool: Spool, options: RunOptions, body: (run: RunContext) => Promise<T>): Promise<T> {
  const notice = options.onNotice ?? (() => undefined);
  const local = sourceFiles(configured);
  const files = {
    train: await expandRemote(local.train, "data.train"),
    validation: await expandRemote(local.validation, "data.validation"),
    test: await expandRemote(local.test, "data.test"),
  };
  const loaded = withEngine(await withDetectedDialect(configured, files, spool), options.engine);
  const columns = await chooseColumns(loaded, notice, files, spool);
  const compiled = compileConfig(loaded, columns, { files, ...(options.seed === undefined ? {} : { seed: options.seed }) });
  const lock = await acquireLock(root, "run");
  try {
    await sweepTemporaries(root);
    const workers = options.workers ?? coreBudget();
    const handlers = [ingestHandlers, evaluationHandlers];
    const executorAt = (folder: string): Executor =>
      options.executor === "inline" ? inlineExecutor({ handlers, root: folder }) : threadsExecutor({ handlers, root: folder, workers });
    const executor = executorAt(root);
    try {
      return await body({
        loaded,
        columns,
        compiled,
        root,
        registryRoot: path.join(root, "registry"),
        workers: options.executor === "inline" ? 1 : workers,
        memoryBytes: dataBytes(options.memoryBytes ?? Math.floor(os.totalmem() / 2), workers),
        executor,
        executorAt,
        spool,
        fresh: options.fresh ?? false,
        signal: options.signal ?? new AbortController().signal,
        progress: (step, fraction, facts) => options.onProgress?.({ step, fraction, facts }),
        notice,
        rest: async () => {
          await executor.rest?.();
          collectGarbage();
        },
      });
    } finally {
      await executor.close();
    }
  } finally {
    await lock.release();
  }
}

function withEngine(loaded: LoadedConfig, engine: DenseEngineName | undefined): LoadedConfig {
  const { config } = loaded;
  return engine === undefined ? loaded : { ...loaded, config: { ...config, train: { ...config.train, engine } } };
}

/** What the program takes for itself (Node.js, code, a heap with its garbage): measured on Node 20 in training after ingestion, in all and for each thread. */
const PROGRAM_BYTES = 152 * 2 ** 20;
const THREAD_BYTES = 32 * 2 ** 20;

/** What a ceiling leaves for data; at least an eighth of it. */
function dataBytes(ceiling: number, workers: number): number {
  return Math.max(Math.floor(ceiling / 8), ceiling - PROGRAM_BYTES - THREAD_BYTES * workers);
}
