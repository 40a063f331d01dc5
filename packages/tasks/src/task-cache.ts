import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError, decodeMessage, v1 } from "@crossbill/messages";
import { errnoOf, faultPoint, ioError, readSealed, writeSealed } from "@crossbill/storage";
import type { Executor } from "./executor.js";
import { encodeResult } from "./handler.js";
import { outputRefPath } from "./outputs.js";
import { type RunOptions, runInOrder } from "./run-in-order.js";
import { describeTask } from "./task.js";

const KIND = "TaskResult";
const VERSION = 1;

export interface CachedRun {
  /** By the tasks' index. */
  readonly results: v1.Result[];
  /** By the tasks' index: true where an earlier run had done it. */
  readonly reused: boolean[];
  /** Result files that were damaged: their tasks ran again and the files were replaced. */
  readonly damaged: string[];
}

/** Where a task's Result is kept: `<root>/tasks/<key[0..1]>/<key>.result`. */
export function resultPath(root: string, key: string): string {
  return path.join(path.resolve(root), "tasks", key.slice(0, 2), `${key}.result`);
}

/**
 * As runInOrder, but a task whose Result is kept under `root`, and whose outputs are there in full length, is not run.
 * A Result is kept as soon as its task is done, after its outputs: a killed run is continued by the same call.
 * Readers of outputs check their SHA-256. @throws as runInOrder; E_TASK_OUTPUT when a handler names an output that is not there; E_NEWER_VERSION.
 */
export async function runCached(executor: Executor, tasks: readonly v1.Task[], options: RunOptions & { readonly root: string }): Promise<CachedRun> {
  const { root, onDone, ...rest } = options;
  const damaged: string[] = [];
  const kept = new Map<string, v1.Result>();
  for (const task of tasks) {
    if (kept.has(task.key)) continue;
    const result = await keptResult(root, task, damaged);
    if (result !== undefined) kept.set(task.key, result);
  }
  const missing = tasks.filter((task) => !kept.has(task.key));
  let done = 0;
  for (const [index, task] of tasks.entries()) {
    const result = kept.get(task.key);
    if (result !== undefined) onDone?.({ result, index, done: ++done, total: tasks.length });
  }
  const indexOf = tasks.flatMap((task, i) => (kept.has(task.key) ? [] : [i]));
  const made = await runInOrder(keeping(executor, root), missing, {
    ...rest,
    onDone: (event) => onDone?.({ result: event.result, index: indexOf[event.index] as number, done: ++done, total: tasks.length }),
  });
  const fresh = new Map(made.map((result) => [result.key, result]));
  return {
    results: tasks.map((task) => (kept.get(task.key) ?? fresh.get(task.key)) as v1.Result),
    reused: tasks.map((task) => kept.has(task.key)),
    damaged,
  };
}

/** The same executor, but every good Result is on the disk before it is handed on. */
function keeping(executor: Executor, root: string): Executor {
  return {
    workers: executor.workers,
    close: () => executor.close(),
    async *run(tasks, signal) {
      for await (const result of executor.run(tasks, signal)) {
        if (result.error == null) await keep(root, result);
        yield result;
      }
    },
  };
}

async function keep(root: string, result: v1.Result): Promise<void> {
  const lost = await missingOutput(root, result);
  if (lost !== undefined)
    throw new CrossbillError(
      "E_TASK_OUTPUT",
      `task ${result.key}: its output ${lost} is not there in full; outputs are written under the executor's root, which must be ${path.resolve(root)}`,
    );
  faultPoint("tasks", "before-keep");
  await writeSealed(resultPath(root, result.key), KIND, VERSION, encodeResult(result));
  faultPoint("tasks", "after-keep");
}

async function keptResult(root: string, task: v1.Task, damaged: string[]): Promise<v1.Result | undefined> {
  const file = resultPath(root, task.key);
  try {
    const { payload } = await readSealed(file, KIND, VERSION);
    const result = decodeMessage(v1.Result, payload, file);
    if (result.key !== task.key) throw new CrossbillError("E_CORRUPT", `${file}: holds the result of ${result.key}, not of ${describeTask(task)}`);
    return (await missingOutput(root, result)) === undefined ? result : undefined;
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError)) throw thrown;
    if (thrown.code === "E_NOT_FOUND") return undefined;
    if (!["E_CORRUPT", "E_WRONG_KIND", "E_MESSAGE_CORRUPT", "E_PATH"].includes(thrown.code)) throw thrown;
    damaged.push(file);
    return undefined;
  }
}

/** The first output file that does not have exactly the length its Refs say; undefined when all are there. */
async function missingOutput(root: string, result: v1.Result): Promise<string | undefined> {
  const ends = new Map<string, number>();
  for (const ref of result.outputs) ends.set(ref.uri, Math.max(ends.get(ref.uri) ?? 0, ref.offset + ref.length));
  for (const [uri, end] of ends) {
    if ((await lengthOf(outputRefPath(root, { uri }))) !== end) return uri;
  }
  return undefined;
}

async function lengthOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(thrown))) return undefined;
    throw ioError(thrown, "read", file);
  }
}
