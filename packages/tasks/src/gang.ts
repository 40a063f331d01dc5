import os from "node:os";
import { CrossbillError } from "@crossbill/messages";
import { coreBudget, hangTimeout } from "./cores.js";
import { GangControl, MemberState } from "./gang-control.js";
import type { GangAnswer } from "./gang-entry.js";
import type { GangMessage } from "./gang-member.js";
import { ThreadPool, within } from "./pool.js";
import { QuietClock, START_MS } from "./quiet-clock.js";

/** Once a gang has failed, its members have so long to leave before their threads are ended. Milliseconds. */
const LEAVE_MS = 300;

export interface GangOptions {
  /** URL of an ES module whose default export is a GangMain. */
  readonly module: URL | string;
  /** Members (threads), W. */
  readonly workers: number;
  /** Given to every member: structured-cloned, but shared buffers and a shared WebAssembly.Memory stay shared. */
  readonly data: unknown;
  /** No member showing a sign of life for so long ends the gang. Milliseconds; default 30,000; CROSSBILL_HANG_TIMEOUT_MS overrides. */
  readonly hangTimeoutMs?: number;
  /** Aborting it stops the gang at once: E_ABORTED. To end it in order, let onPoll write an int that the members read. */
  readonly signal?: AbortSignal;
  /** Called every pollMs (default 100) in the coordinator's thread, for progress; and once more at the end. */
  readonly onPoll?: (control: Pick<GangControl, "ints" | "floats">) => void;
  readonly pollMs?: number;
  /** Looks at a barrier before a member sleeps; default 50,000 where every member can have a core, else 50. */
  readonly spin?: number;
}

/**
 * Runs one module in W threads that meet at barriers, and returns the members' results by index. It always settles, at the latest about two seconds
 * after the hang timeout, and leaves no thread behind. Results must not depend on W or on time: the barrier orders, no more.
 * @throws a member's own error (code kept, `details.member`); E_WORKER_EXITED; E_WORKER_HUNG, naming who did not come to which barrier; E_GANG_MISMATCH
 * when a member ended while others wait for it; E_ABORTED.
 */
export async function runGang<R = unknown>(options: GangOptions): Promise<R[]> {
  const size = coreBudget(options.workers);
  const timeoutMs = hangTimeout(options.hangTimeoutMs ?? 30_000);
  const control = new GangControl(size);
  if (options.signal?.aborted) throw aborted(options.signal);
  const spin = options.spin ?? (size <= os.availableParallelism() ? 50_000 : 50);
  const pool = new ThreadPool(new URL("./gang-entry.js", import.meta.url), size);
  const members = Array.from({ length: size }, (_, index) => {
    const message: GangMessage = { module: String(options.module), data: options.data, buffer: control.buffer, index, size, spin };
    return runMember<R>(pool, message, control);
  });
  const failures: unknown[] = new Array(size).fill(undefined);
  const watched = members.map((member, i) =>
    member.catch((thrown: unknown) => {
      failures[i] = thrown;
      throw thrown;
    }),
  );
  const watch = watchGang(control, timeoutMs, options);
  try {
    const results = await Promise.race([Promise.all(watched), watch.failure]);
    options.onPoll?.(control);
    return results;
  } catch (thrown) {
    control.abort();
    await within(Promise.allSettled(watched), LEAVE_MS);
    throw rootCause(failures, thrown);
  } finally {
    watch.stop();
    await pool.end();
  }
}

async function runMember<R>(pool: ThreadPool, message: GangMessage, control: GangControl): Promise<R> {
  let answer: GangAnswer;
  try {
    answer = (await pool.run(message)) as GangAnswer;
  } catch (cause) {
    control.abort();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CrossbillError(
      "E_WORKER_EXITED",
      `member ${message.index} of ${message.size}: its thread ended after ${describeStage(control, message.index)} (${why})`,
      { cause, details: { member: message.index } },
    );
  }
  if (answer.ok) return answer.value as R;
  const { code, message: text, exitCode, details } = answer.error;
  throw new CrossbillError(code, text, { exitCode, details: { ...details, member: message.index }, cause: answer.stack });
}

/** Members that leave because of another's failure say E_GANG_ABORTED, maybe before that failure arrives: then it is the first other one by index. */
function rootCause(failures: readonly unknown[], seen: unknown): unknown {
  if (!isConsequence(seen)) return seen;
  return failures.find((thrown) => thrown !== undefined && !isConsequence(thrown)) ?? seen;
}

function isConsequence(thrown: unknown): boolean {
  return thrown instanceof CrossbillError && thrown.code === "E_GANG_ABORTED";
}

/** A promise that rejects when the gang hangs, cannot end, or is to be stopped; it never resolves. */
function watchGang(control: GangControl, timeoutMs: number, options: GangOptions): { readonly failure: Promise<never>; stop(): void } {
  const clock = new QuietClock();
  let reject: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, no) => {
    reject = no;
  });
  const look = (): void => {
    try {
      options.onPoll?.(control);
    } catch (thrown) {
      reject(thrown);
    }
    if (control.aborted) return;
    const members = Array.from({ length: control.size }, (_, i) => i);
    const quiet = clock.look(members.reduce((sum, i) => (sum + control.beats(i)) | 0, 0));
    const starting = members.some((i) => control.state(i) === MemberState.STARTING);
    const ended = members.filter((i) => control.state(i) === MemberState.DONE);
    if (ended.length > 0 && control.arrived > 0) reject(mismatch(control, ended));
    else if (quiet >= (starting ? Math.max(timeoutMs, START_MS) : timeoutMs)) reject(hung(control, members, timeoutMs));
  };
  const timer = setInterval(look, Math.min(options.pollMs ?? 100, timeoutMs / 4));
  const onAbort = (): void => reject(aborted(options.signal as AbortSignal));
  options.signal?.addEventListener("abort", onAbort);
  // Nobody may be listening any more when the gang has ended otherwise.
  failure.catch(() => undefined);
  return {
    failure,
    stop() {
      clearInterval(timer);
      options.signal?.removeEventListener("abort", onAbort);
    },
  };
}

function hung(control: GangControl, members: readonly number[], timeoutMs: number): CrossbillError {
  const missing = members.filter((i) => control.state(i) !== MemberState.WAITING);
  const who = missing
    .map((i) => `member ${i} (${control.state(i) === MemberState.STARTING ? "still starting" : `after ${describeStage(control, i)}`})`)
    .join(", ");
  const waiting = members.find((i) => control.state(i) === MemberState.WAITING);
  const where = waiting === undefined ? "" : `; the others wait at the barrier of stage ${control.stage(waiting)}`;
  const message = `no sign of life for ${timeoutMs} ms from ${who}${where}; all ${control.size} threads were ended (CROSSBILL_HANG_TIMEOUT_MS allows more)`;
  return new CrossbillError("E_WORKER_HUNG", message, { details: { members: missing, stage: waiting === undefined ? null : control.stage(waiting) } });
}

function mismatch(control: GangControl, ended: readonly number[]): CrossbillError {
  return new CrossbillError(
    "E_GANG_MISMATCH",
    `member ${ended.join(", ")} ended after ${describeStage(control, ended[0] as number)} while others wait at a barrier: all must come to the same barriers`,
    { details: { members: ended } },
  );
}

function describeStage(control: GangControl, member: number): string {
  const stage = control.stage(member);
  return stage < 0 ? "its start, before any barrier" : `the barrier of stage ${stage}`;
}

function aborted(signal: AbortSignal): CrossbillError {
  return new CrossbillError("E_ABORTED", "stopped by request", { cause: signal.reason });
}
