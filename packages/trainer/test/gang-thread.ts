import { parentPort } from "node:worker_threads";
import { CrossbillError, type PlainError, toPlainError } from "@crossbill/messages";
import { collectGarbage, type GangMain, type GangMember } from "@crossbill/tasks";

/** What a thread that stays is asked to be: one member of a gang. */
export interface MemberMessage {
  readonly module: string;
  readonly data: unknown;
  readonly index: number;
  readonly size: number;
  /** int32 [arrived, generation, aborted]. */
  readonly words: Int32Array;
  readonly ints: Int32Array;
  readonly floats: Float64Array;
}

export type MemberAnswer = { readonly value: unknown } | { readonly error: PlainError };

const [ARRIVED, GENERATION, ABORTED] = [0, 1, 2];

function memberOf({ index, size, words, ints, floats }: MemberMessage): GangMember {
  const look = (): void => {
    if (Atomics.load(words, ABORTED) !== 0) throw new CrossbillError("E_GANG_ABORTED", "another member failed");
  };
  return {
    index,
    size,
    ints,
    floats,
    beat: () => undefined,
    get aborted() {
      return Atomics.load(words, ABORTED) !== 0;
    },
    barrier() {
      look();
      const generation = Atomics.load(words, GENERATION);
      if (Atomics.add(words, ARRIVED, 1) === size - 1) {
        Atomics.store(words, ARRIVED, 0);
        Atomics.add(words, GENERATION, 1);
        Atomics.notify(words, GENERATION);
      } else {
        while (Atomics.load(words, GENERATION) === generation) {
          look();
          Atomics.wait(words, GENERATION, generation, 20);
        }
      }
    },
  };
}

async function answer(message: MemberMessage): Promise<MemberAnswer> {
  try {
    const { default: main } = (await import(message.module)) as { default: GangMain<unknown> };
    return { value: await main(memberOf(message), message.data) };
  } catch (thrown) {
    Atomics.store(message.words, ABORTED, 1);
    return { error: toPlainError(thrown) };
  }
}

parentPort?.on("message", (message: MemberMessage) => {
  void answer(message).then((made) => {
    parentPort?.postMessage(made);
    collectGarbage(); // the memory of a training counts for little where only a thread that sleeps holds it
  });
});
