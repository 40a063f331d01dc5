import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { faultPoint } from "@crossbill/storage";
import { refPath } from "./outputs.js";
import { checkTask, describeTask } from "./task.js";
import { toTaskError } from "./task-error.js";

/** What a handler is given besides its task. */
export interface TaskContext {
  /** The store's folder: outputs go to `outputPath(context.root, task.key, name)`. */
  readonly root: string;
  /** Where an input lies. @throws E_PATH */
  inputPath(ref: { readonly uri: string }): string;
  /** Says "still working"; needed by a handler that runs longer than the executor's timeout. Cheap. */
  beat(): void;
  /** Set by the inline executor; the threads executor ends the thread instead. */
  readonly signal?: AbortSignal;
}

/** A step's work: a pure function of the task. Its outputs are files written atomically, named from the task's key. */
export type Handler = (task: v1.Task, context: TaskContext) => Promise<{ outputs: v1.Ref[]; summary: Uint8Array }>;

/** Handlers by step. */
export type HandlerTable = ReadonlyMap<string, Handler>;

/**
 * The handlers of ES modules, each of which exports `handlers`, an object (or Map) from step to Handler.
 * @throws E_HANDLER_MODULE for a module that exports none, or a step that two modules handle.
 */
export async function loadHandlers(urls: readonly (URL | string)[]): Promise<HandlerTable> {
  const table = new Map<string, Handler>();
  for (const url of urls.map(String)) {
    const module = (await import(url)) as { handlers?: unknown };
    const { handlers } = module;
    if (typeof handlers !== "object" || handlers === null) throw new CrossbillError("E_HANDLER_MODULE", `${url}: exports no "handlers" object`);
    for (const [step, handler] of handlers instanceof Map ? handlers : Object.entries(handlers)) {
      if (typeof handler !== "function") throw new CrossbillError("E_HANDLER_MODULE", `${url}: the handler of step ${step} is not a function`);
      if (table.has(step)) throw new CrossbillError("E_HANDLER_MODULE", `${url}: step ${step} has two handlers`);
      table.set(step, handler as Handler);
    }
  }
  return table;
}

/** Runs one task here and now. A failure is a Result with an error; this function does not throw. */
export async function runTask(handlers: HandlerTable, task: v1.Task, context: TaskContext): Promise<v1.Result> {
  try {
    checkTask(task);
    const handler = handlers.get(task.step);
    if (handler === undefined) {
      throw new CrossbillError(
        "E_TASK_STEP",
        `task ${describeTask(task)}: no handler of step ${JSON.stringify(task.step)}; there are ${[...handlers.keys()].join(", ")}`,
      );
    }
    faultPoint("tasks", task.step);
    const { outputs, summary } = await handler(task, context);
    // Through its bytes, so that a consumer sees the same objects whether or not a border was crossed.
    const bytes = encodeResult(v1.Result.create({ key: task.key, outputs, summary }));
    // A decoder that is given a Buffer makes Buffers.
    return decodeMessage(v1.Result, new Uint8Array(bytes), `result of task ${describeTask(task)}`);
  } catch (thrown) {
    return failed(task.key, thrown);
  }
}

/** The Result of a task that failed with `thrown`. */
export function failed(key: string, thrown: unknown): v1.Result {
  return v1.Result.create({ key, error: toTaskError(thrown) });
}

/** A context over the store `root`. */
export function makeContext(root: string, beat: () => void, signal?: AbortSignal): TaskContext {
  return { root, inputPath: (ref) => refPath(root, ref), beat, ...(signal === undefined ? {} : { signal }) };
}

/** Bytes of a Result, as they cross borders. */
export function encodeResult(result: v1.Result): Uint8Array {
  return encodeMessage(v1.Result, result);
}
