import path from "node:path";
import { decodeMessage, encodeMessage, hasLabelVectors, type MessageDecoder, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { TreeFold } from "@crossbill/numerics";
import { removeTree, sealMessage, sha256Hex } from "@crossbill/storage";
import { type Executor, makeTask, outputRefPath, refOfFile, runInOrder, writeOutput } from "@crossbill/tasks";
import type { Folding } from "./folding.js";
import { STATE_KIND } from "./kept-models.js";
import { readOutput } from "./read-output.js";
import { type RefineFacts, RefineSums } from "./refine-sums.js";
import { REFINE_STEP } from "./refine-task.js";
import { decodeScores, type Scores } from "./score-file.js";
import { SCORE_STEP } from "./score-task.js";
import { type SliceSets, setsMessage } from "./slice-sets.js";

export interface ScoreOptions {
  /** The work folder: packs and outputs lie in it, and it is the executor's. */
  readonly root: string;
  /** Of one part, in the manifest's order. */
  readonly packs: readonly v1.Pack[];
  /** Says with which feature state the packs were encoded. */
  readonly manifest: v1.IngestManifest;
  /** Sets of slice fields that are accumulated. */
  readonly slices?: SliceSets;
  /** Its handler modules must contain `evaluationHandlers`. */
  readonly executor: Executor;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a pass over the packs leaves. */
export interface Passed<T> {
  /** Of each pack its scores, in order. */
  readonly scores: readonly v1.Ref[];
  /** Merged in the fixed tree; null: nothing was asked for, or there are no packs. */
  readonly sums: T | null;
}

/** Threads that have scored so many rows hold little memory. */
const FEW_ROWS = 500_000;

/** Whether labels are vectors. */
export function vectorsOf({ data }: v1.IngestManifest): boolean {
  return hasLabelVectors((data as v1.DataSpec | null)?.label);
}

/**
 * Passes over packs, a task a pack: a first one that scores rows and sums up, a second one over the scores that it wrote. Memory depends on what is summed up, not on the number
 * of rows; the answers do not depend on the number of workers. What the tasks wrote is removed by {@link remove}: an evaluation is kept as a message.
 */
export class Passes {
  readonly #options: ScoreOptions;
  readonly #written = new Set<string>();

  constructor(options: ScoreOptions) {
    this.#options = options;
  }

  /**
   * Scores packs with one model or two.
   * @param against the other model's scores of the same rows, a file a pack
   * @throws E_MODEL_STATE, E_CORRUPT, E_PACK, E_SLICE_FIELD, E_SLICE_SET, E_COMPARE_ROWS; E_ABORTED
   */
  async score<T>(
    models: readonly Model[],
    rows: Pick<ScoreOptions, "packs" | "manifest" | "slices">,
    folding: Folding<T> | null,
    against?: readonly v1.Ref[],
  ): Promise<Passed<T>> {
    const { packs, manifest } = rows;
    if (packs.length === 0) return { scores: [], sums: null };
    const params = encodeMessage(v1.ScoreParams, {
      modelSha256: models.map((model) => model.sha256),
      ...setsMessage(rows.slices ?? []),
      classes: manifest.classes,
      vectors: vectorsOf(manifest),
      purpose: folding?.purpose ?? v1.ScoreParams.Purpose.SCORES,
      againstScores: against !== undefined,
    });
    const state = await this.#write(params, "state.pb", sealMessage(STATE_KIND, 1, encodeMessage(v1.FeatureState, manifest.state)));
    const modelFiles: v1.Ref[] = [];
    for (const model of models) for (const name of model.files) modelFiles.push(await refOfFile(path.join(model.path, name), path.join(model.path, name)));
    const tasks = packs.map((pack, i) =>
      makeTask({
        step: SCORE_STEP,
        params,
        inputs: [pack.file, state, ...modelFiles, ...(against === undefined ? [] : [against[i]!])],
        build: `${manifest.build} evaluation`,
      }),
    );
    const results = await this.#run(tasks);
    const scores = results.map(({ outputs }) => outputs[0] as v1.Ref);
    if (folding === null) return { scores, sums: null };
    const read = (message: v1.PackAccumulators, i: number): T => folding.fromMessage(message, i);
    const summed = results.map(({ outputs }) => outputs[1] as v1.Ref);
    return { scores, sums: await this.#fold(summed, v1.PackAccumulators, read, (a, b) => folding.merge(a, b)) };
  }

  /** A second look at scores. @param facts as bytes, and as what they are */
  async refine(scores: readonly v1.Ref[], facts: v1.IRefineFacts, range: RefineFacts["range"]): Promise<RefineSums> {
    const file = await this.#write(new Uint8Array(0), "facts.pb", encodeMessage(v1.RefineFacts, facts));
    const build = `${this.#options.manifest.build} evaluation`;
    const tasks = scores.map((of) => makeTask({ step: REFINE_STEP, params: new Uint8Array(0), inputs: [of, file], build }));
    const results = await this.#run(tasks);
    return this.#fold(
      results.map(({ outputs }) => outputs[0] as v1.Ref),
      v1.RefineAccumulators,
      (message) => RefineSums.fromMessage(message, { range }),
      (a, b) => a.merge(b),
    );
  }

  /** The scores of one pack. */
  async read(ref: v1.Ref, models: number): Promise<Scores> {
    const file = outputRefPath(this.#options.root, ref);
    return decodeScores(await readOutput(file, ref), models, file);
  }

  /** Everything that was written. */
  async remove(): Promise<void> {
    for (const uri of this.#written) await removeTree(outputRefPath(this.#options.root, { uri }));
  }

  /** The name holds the content's hash: two evaluations at once do not remove each other's file. */
  async #write(params: Uint8Array, name: string, bytes: Uint8Array): Promise<v1.Ref> {
    const ref = await writeOutput(this.#options.root, sha256Hex(Buffer.concat([params, bytes])), name, bytes);
    this.#written.add(ref.uri);
    return ref;
  }

  async #run(tasks: readonly v1.Task[]): Promise<v1.Result[]> {
    const { executor, packs, signal, onProgress } = this.#options;
    const results = await runInOrder(executor, tasks, {
      ...(signal === undefined ? {} : { signal }),
      onDone: ({ result, done, total }) => {
        for (const output of result.outputs) this.#written.add(output.uri ?? "");
        onProgress?.(done, total);
      },
    });
    // What follows is this thread's work: beside it the others would only hold memory. Where that is little, starting them anew costs more.
    if (packs.reduce((sum, { rows }) => sum + rows, 0) > FEW_ROWS) await executor.rest?.();
    return results;
  }

  /** One file after another is read, merged and gone, so that no more than the tree's open branches are in memory. Packs of equal content share a file. */
  async #fold<M, T>(refs: readonly v1.Ref[], type: MessageDecoder<M>, read: (message: M, index: number) => T, merge: (left: T, right: T) => T): Promise<T> {
    const fold = new TreeFold<T>(merge);
    for (const [i, ref] of refs.entries()) {
      const file = outputRefPath(this.#options.root, ref);
      fold.push(read(decodeMessage(type, await readOutput(file, ref), file), i));
    }
    return fold.finish();
  }
}
