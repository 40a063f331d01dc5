import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { CrossbillError } from "@crossbill/messages";
import type { GangMain, GangMember, GangOptions, runGang } from "@crossbill/tasks";
import { ABORT_INT, Progress } from "../dist/loop/protocol.js";
import type { MemberAnswer, MemberMessage } from "./gang-thread.js";

/**
 * Runs a gang of one in this thread, and a larger one in threads that stay for the next: starting a thread takes longer than a small training. What is about threads
 * (faults, stops, progress) has those of `runGang`.
 */
export async function alone<R>(options: GangOptions): Promise<R[]> {
  return options.workers > 1 ? together<R>(options) : runHere<R>(options, () => undefined);
}

const idle: Worker[] = [];

async function together<R>({ workers: size, module, data }: GangOptions): Promise<R[]> {
  const [words, ints] = [3, 64].map((n) => new Int32Array(new SharedArrayBuffer(4 * n))) as [Int32Array, Int32Array];
  const floats = new Float64Array(new SharedArrayBuffer(8 * 64));
  const threads = Array.from({ length: size }, () => idle.pop() ?? new Worker(new URL("./gang-thread.js", import.meta.url)));
  const answers = await Promise.all(
    threads.map((thread, index) => {
      const message: MemberMessage = { module: String(module), data, index, size, words, ints, floats };
      thread.ref();
      thread.postMessage(message);
      return once(thread, "message").then(([one]: MemberAnswer[]) => one!);
    }),
  );
  for (const thread of threads) thread.unref();
  idle.push(...threads);
  const failed = answers.flatMap((one, member) => ("error" in one ? [{ ...one.error, member }] : []));
  const first = failed.find(({ code }) => code !== "E_GANG_ABORTED") ?? failed[0];
  if (first !== undefined)
    throw new CrossbillError(first.code, first.message, { exitCode: first.exitCode, details: { ...first.details, member: first.member } });
  return answers.map((one) => (one as { readonly value: R }).value);
}

/** A gang of one in this thread that is asked to stop when so many blocks are done: always at the same place. */
export function stoppedAt(step: number): typeof runGang {
  return <R>(options: GangOptions): Promise<R[]> =>
    runHere<R>(options, ({ ints, floats }) => {
      if (floats[Progress.STEP]! >= step) ints[ABORT_INT] = 1;
    });
}

async function runHere<R>(options: GangOptions, atBarrier: (member: Pick<GangMember, "ints" | "floats">) => void): Promise<R[]> {
  const { default: main } = (await import(String(options.module))) as { default: GangMain<unknown, R> };
  const member = {
    index: 0,
    size: 1,
    ints: new Int32Array(64),
    floats: new Float64Array(64),
    barrier: () => atBarrier(member),
    beat: () => undefined,
    aborted: false,
  };
  return [structuredClone(await main(member, structuredClone(options.data)))];
}
