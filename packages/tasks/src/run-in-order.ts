import { CrossbillError, type v1 } from "@crossbill/messages";
import type { Executor } from "./executor.js";
import { fromTaskError } from "./task-error.js";

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Called as results arrive, in any order: for progress only. `index` is the task's; `done` of `total` tasks are done. */
  readonly onDone?: (event: { result: v1.Result; index: number; done: number; total: number }) => void;
}

/**
 * The results of `tasks`, by their index, whatever the order they were finished in. Tasks of equal key run once.
 * @throws the error of the failed task of lowest index: tasks before it are waited for, tasks after it are given up.
 */
export async function runInOrder(executor: Executor, tasks: readonly v1.Task[], options: RunOptions = {}): Promise<v1.Result[]> {
  const indices = new Map<string, number[]>();
  for (const [i, task] of tasks.entries()) indices.set(task.key, [...(indices.get(task.key) ?? []), i]);
  const firsts = [...indices.values()].map((of) => of[0] as number);
  const unique = firsts.map((i) => tasks[i] as v1.Task);
  const results = new Map<string, v1.Result>();
  let done = 0;
  for await (const result of executor.run(unique, options.signal)) {
    const of = indices.get(result.key);
    if (of === undefined || results.has(result.key))
      throw new CrossbillError("E_TASK_RESULT", `a result of key ${JSON.stringify(result.key)} arrived that was not asked for`);
    results.set(result.key, result);
    for (const index of of) options.onDone?.({ result, index, done: ++done, total: tasks.length });
    // Only results before the first failure decide which failure is thrown, so that the error does not depend on timing.
    if (lowestFailure(unique, results) !== undefined) break;
  }
  const failure = lowestFailure(unique, results);
  if (failure !== undefined) throw failure;
  return tasks.map((task) => {
    const result = results.get(task.key);
    if (result === undefined) throw new CrossbillError("E_TASK_RESULT", `task ${task.step} ${task.key}: the executor gave no result`);
    return result;
  });
}

/** The error of the first failed task, once all tasks before it are done. */
function lowestFailure(tasks: readonly v1.Task[], results: ReadonlyMap<string, v1.Result>): CrossbillError | undefined {
  for (const task of tasks) {
    const result = results.get(task.key);
    if (result === undefined) return undefined;
    if (result.error != null) return fromTaskError(result.error);
  }
  return undefined;
}
