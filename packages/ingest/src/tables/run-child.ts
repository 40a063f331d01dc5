import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CrossbillError, fromPlainError, type PlainError } from "@crossbill/messages";
import { sweepTemporaries } from "@crossbill/storage";
import { CHILD_LIMITS, type ChildLimits, ChildWatch, readUsage } from "./child-limits.js";
import type { TableLayout, TablePieceMade, TableReply, TableRequest } from "./child-protocol.js";
import { damagedTable, tableLimit } from "./table-error.js";

const ENTRY = fileURLToPath(new URL("./child-main.js", import.meta.url));
/** Megabytes of JavaScript's heap; buffers and WebAssembly lie outside of it. */
const HEAP_MEGABYTES = 384;
const LOOK_MILLISECONDS = 20;
const STDERR_BYTES = 2000;

export interface ChildOptions {
  readonly signal?: AbortSignal;
  /** Called as it goes on. */
  readonly onBeat?: () => void;
  /** For tests; default {@link CHILD_LIMITS}. */
  readonly limits?: ChildLimits;
  /** For tests; default the process that parses tables. */
  readonly entry?: string;
}

/** What a child said before it ended well. */
export interface ChildResult {
  readonly layout: TableLayout | null;
  readonly pieces: readonly TablePieceMade[];
}

/**
 * Parses a foreign file in a process of its own, because readers of such files can be killed, hung and filled by what is in them: a worker thread is no border. It is killed when it takes
 * too much memory or makes no progress; this process goes on in any case.
 * @throws E_CORRUPT (also where the process died), E_TABLE_LIMIT, E_TABLE_TYPE, E_DUPLICATE_COLUMN, E_IO and what writing throws, all with the file's name; E_ABORTED
 */
export async function runTableChild(request: TableRequest, options: ChildOptions = {}): Promise<ChildResult> {
  const { signal, onBeat, limits = CHILD_LIMITS, entry = ENTRY } = options;
  const stop = (): CrossbillError => new CrossbillError("E_ABORTED", "stopped by request", { cause: signal?.reason });
  if (signal?.aborted === true) throw stop();
  const child = fork(entry, [], {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`, "--stack-size=900"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "json",
  });
  const pieces: TablePieceMade[] = [];
  let layout: TableLayout | null = null;
  let done = false;
  let failed: PlainError | null = null;
  let killedFor: CrossbillError | null = null;
  const kill = (why: CrossbillError): void => {
    killedFor ??= why;
    child.kill("SIGKILL");
  };
  const watch = new ChildWatch(limits);
  const timer = setInterval(() => {
    const over = child.pid === undefined ? null : watch.look(readUsage(child.pid));
    if (over !== null) kill(overLimit(request.path, over));
  }, LOOK_MILLISECONDS);
  const onAbort = (): void => kill(stop());
  signal?.addEventListener("abort", onAbort, { once: true });
  const stderr = collect(child);
  child.on("message", (reply: TableReply) => {
    watch.beat();
    onBeat?.();
    if (reply.kind === "layout") layout = reply.layout;
    else if (reply.kind === "piece") {
      const { piece, rows, length, crc32 } = reply;
      pieces.push({ piece, rows, length, crc32 });
    } else if (reply.kind === "done") done = true;
    else if (reply.kind === "failed") failed = reply.error;
  });
  try {
    const ended = await exitOf(child, request);
    if (killedFor !== null) throw killedFor;
    if (failed !== null) throw fromPlainError(failed);
    if (!done) throw died(request.path, ended, stderr());
    return { layout, pieces };
  } catch (thrown) {
    // A killed writer cannot tidy up behind itself.
    if (request.kind === "convert") await sweepTemporaries(path.dirname(request.prefix));
    throw thrown;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function exitOf(child: ChildProcess, request: TableRequest): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (child.pid === undefined)
        reject(new CrossbillError("E_TABLE_PROCESS", `${request.path}: the process that reads it cannot be started: ${cause.message}`, { cause }));
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.send(request, (error) => {
      // Nothing to do: a child that is gone closes, and that says it.
      void error;
    });
  });
}

/** The last of what it writes to its standard error. */
function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-STDERR_BYTES);
  });
  return () => text;
}

function overLimit(file: string, { what, got, limit }: { what: "memory" | "time"; got: number; limit: number }): CrossbillError {
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  return what === "memory"
    ? tableLimit(
        file,
        `reading it took ${mebibytes(got)} MiB of memory, ${mebibytes(limit)} MiB are allowed: the file is damaged or made to do harm, or its row groups (record batches) are too large: write smaller ones`,
        { bytes: got, limit },
      )
    : tableLimit(
        file,
        `reading it made no progress for ${limit} seconds: the file is damaged or made to do harm, or its row groups (record batches) are too large: write smaller ones`,
        {
          seconds: limit,
        },
      );
}

function died(file: string, { code, signal }: Ended, stderr: string): CrossbillError {
  const heap = /heap out of memory/.test(stderr);
  const how = signal === null ? `ended with code ${code}` : `died of ${signal}`;
  return heap
    ? tableLimit(file, `reading it took more than ${HEAP_MEGABYTES} MiB of JavaScript's memory: the file is damaged or made to do harm`)
    : damagedTable(file, `the process that read it ${how}`);
}
