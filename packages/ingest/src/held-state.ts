import { encodingState } from "@crossbill/columns";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { sha256Hex } from "@crossbill/storage";
import { collectGarbage, writeOutput } from "@crossbill/tasks";
import { readOutput } from "./read-output.js";

/** Bytes of texts from which on a state does not stay in memory while other work needs it. */
export const LARGE_TEXTS = 2 ** 26;

/** A large state in files: whole, and what encoding needs of it. */
interface StateFiles {
  readonly whole: v1.Ref;
  readonly encoding: v1.Ref;
}

/** A state between its fit and the manifest: a large one is not in memory until it is taken. */
export class HeldState {
  readonly generation: number;
  readonly #root: string;
  readonly #held: v1.FeatureState | StateFiles;

  private constructor(root: string, generation: number, held: v1.FeatureState | StateFiles) {
    this.#root = root;
    this.generation = generation;
    this.#held = held;
  }

  /** The caller lets the state go. @throws E_IO, E_NO_SPACE */
  static async of(root: string, state: v1.FeatureState, largeTexts: number = LARGE_TEXTS): Promise<HeldState> {
    return new HeldState(root, state.generation, textBytes(state) > largeTexts ? await filesOf(root, state) : state);
  }

  get inMemory(): boolean {
    return !("whole" in this.#held);
  }

  /** @throws E_CORRUPT, E_IO */
  async take(): Promise<v1.FeatureState> {
    if (!("whole" in this.#held)) return this.#held;
    const { whole } = this.#held;
    return decodeMessage(v1.FeatureState, await readOutput(this.#root, whole), whole.uri);
  }

  /** What encoding needs of the state, as an output. @throws E_IO, E_NO_SPACE */
  async encoding(): Promise<v1.Ref> {
    return "whole" in this.#held ? this.#held.encoding : writeEncodingState(this.#root, this.#held);
  }
}

/** Bytes of the values of all vocabularies. */
export function textBytes({ states }: v1.FeatureState): number {
  return states.reduce((sum, { vocabulary }) => sum + (vocabulary?.values?.bytes.length ?? 0) + (vocabulary?.pending?.bytes.length ?? 0), 0);
}

async function filesOf(root: string, state: v1.FeatureState): Promise<StateFiles> {
  collectGarbage(); // what it was made of, which was as large
  const encoding = await writeEncodingState(root, state);
  return { encoding, whole: await writeWhole(root, state) };
}

async function writeWhole(root: string, state: v1.FeatureState): Promise<v1.Ref> {
  const bytes = encodeMessage(v1.FeatureState, state);
  return writeOutput(root, sha256Hex(bytes), "whole-state.pb", bytes);
}

/** What encoding needs of a state, as an output. */
export async function writeEncodingState(root: string, state: v1.FeatureState): Promise<v1.Ref> {
  const bytes = encodeMessage(v1.FeatureState, encodingState(state));
  return writeOutput(root, sha256Hex(bytes), "state.pb", bytes);
}
