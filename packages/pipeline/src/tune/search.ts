import path from "node:path";
import { v1 } from "@crossbill/messages";
import { outputsOf, placeColumns, planNetwork } from "@crossbill/models";
import { removeTree } from "@crossbill/storage";
import type { RunContext } from "../context.js";
import { Sources, withSources } from "../transfer/sources.js";
import { atOnce, Serial } from "./at-once.js";
import { ranked } from "./choose.js";
import { metricOf } from "./metric-of.js";
import { type PackSet, PackSets } from "./pack-sets.js";
import { type PlannedTrial, type TunePlan, told, withEpochs } from "./plan.js";
import { checkpointFolder, failed, isRecorded, runTrial, trialKey } from "./run-trial.js";
import { TrialStore } from "./trial-store.js";

/** What a trial came to, at the last rung it was trained at. */
export interface FoundTrial {
  readonly trial: PlannedTrial;
  readonly result: v1.TrialResult;
  /** From 1. */
  readonly rung: number;
}

export interface SearchOutcome {
  /** In the order of their numbers. */
  readonly trials: readonly FoundTrial[];
  /** Trainings that this run did, and that earlier ones had done. */
  readonly trained: number;
  readonly known: number;
}

/** What of a plan a search follows. */
export type SearchPlan = Pick<TunePlan, "trials" | "rungs" | "metric" | "parallel">;

/** Whose trials these are, and how they are measured. */
export interface SearchKind {
  /** Names the folder of the results, and the step. */
  readonly name: "tune" | "ablate";
  readonly part: v1.Part;
  /** Labels and predictions of the measured rows are kept, too. */
  readonly keepPredictions: boolean;
}

const TUNE: SearchKind = { name: "tune", part: v1.Part.VALIDATION, keepPredictions: false };

/** So many warnings of trainings are told. */
const TOLD = 10;

/** Trains and measures the trials of a plan, rung by rung. The outcome depends on the plan and the data alone. @throws what no trial can be blamed for; E_ABORTED */
export async function searchTrials(run: RunContext, plan: SearchPlan, manifest: v1.IngestManifest, kind: SearchKind = TUNE): Promise<SearchOutcome> {
  const search = new Search(run, plan, manifest, kind);
  const stop = (): void => search.abort();
  run.signal.addEventListener("abort", stop);
  try {
    return await search.run();
  } finally {
    run.signal.removeEventListener("abort", stop);
  }
}

class Search {
  readonly #run: RunContext;
  readonly #plan: SearchPlan;
  readonly #kind: SearchKind;
  readonly #store: TrialStore;
  readonly #sources: Sources;
  readonly #serial = new Serial();
  readonly #packs: PackSets;
  readonly #abort = new AbortController();
  readonly #parallel: number;
  /** By key: two trials of one key are one training. */
  readonly #begun = new Map<string, Promise<v1.TrialResult>>();
  /** Share done of the trainings that go on. */
  readonly #shares = new Map<string, number>();
  /** By trial: where the checkpoint is of a training that was paused. */
  readonly #paused = new Map<number, string>();
  readonly #total: number;
  #done = 0;
  #trained = 0;
  #known = 0;
  #told = 0;

  constructor(run: RunContext, plan: SearchPlan, manifest: v1.IngestManifest, kind: SearchKind) {
    this.#run = run;
    this.#plan = plan;
    this.#kind = kind;
    this.#store = new TrialStore(run.root, kind.name);
    this.#sources = new Sources(run);
    this.#packs = new PackSets(run, manifest, this.#serial, kind.name);
    this.#total = plan.rungs.reduce((sum, { trials }) => sum + trials, 0);
    this.#parallel = Math.min(plan.parallel ?? affordable(run, manifest), plan.trials.length);
    if (run.signal.aborted) this.abort();
  }

  abort(): void {
    this.#abort.abort(this.#run.signal.reason);
  }

  async run(): Promise<SearchOutcome> {
    let sound = false;
    try {
      const found = new Map<number, FoundTrial>();
      let left = this.#plan.trials;
      for (const [k, rung] of this.#plan.rungs.entries()) {
        const trials = left.slice(0, rung.trials).map((trial) => (rung.epochs === 0 ? trial : withEpochs(trial, rung.epochs, k > 0)));
        // The order of the search again: trials begin in it.
        trials.sort((a, b) => a.number - b.number);
        const results = await atOnce(
          trials,
          this.#parallel,
          (trial) => this.#trial(trial),
          () => this.#abort.abort(),
        );
        for (const [i, trial] of trials.entries()) found.set(trial.number, { trial, result: results[i]!, rung: k + 1 });
        const values = results.map((result) => metricOf(result, this.#plan.metric));
        left = ranked(values, this.#plan.metric)
          .filter((i) => !Number.isNaN(values[i]!))
          .map((i) => this.#plan.trials[trials[i]!.number - 1]!);
        await this.#dropPaused(left.slice(0, this.#plan.rungs[k + 1]?.trials ?? 0));
      }
      sound = true;
      return { trials: [...found.values()].sort((a, b) => a.trial.number - b.trial.number), trained: this.#trained, known: this.#known };
    } finally {
      await this.#packs.close(sound);
      if (sound) await this.#store.keep(new Set(this.#begun.keys()));
    }
  }

  /** Removes the checkpoints of trials that do not go on. */
  async #dropPaused(goOn: readonly PlannedTrial[]): Promise<void> {
    const numbers = new Set(goOn.map(({ number }) => number));
    for (const [number, folder] of this.#paused) if (!numbers.has(number)) await removeTree(path.join(folder, "train"));
    this.#paused.clear();
  }

  async #trial(planned: PlannedTrial): Promise<v1.TrialResult> {
    let trial: PlannedTrial;
    let packs: PackSet;
    try {
      trial = { ...planned, ...(await this.#withSources(planned)) };
      packs = await this.#packs.of(trial.compiled);
    } catch (thrown) {
      if (!isRecorded(thrown)) throw thrown;
      this.#done++;
      return failed("", thrown);
    }
    const key = trialKey(trial.compiled, packs.manifest);
    let result = this.#begun.get(key);
    if (result === undefined) {
      result = this.#work(key, trial, packs);
      this.#begun.set(key, result);
    }
    const found = await result;
    this.#shares.delete(key);
    this.#done++;
    this.#tell(`trial ${trial.number}`);
    return found;
  }

  /** What vectors come from is part of a trial's key. */
  async #withSources({ compiled, whole }: PlannedTrial): Promise<Pick<PlannedTrial, "compiled" | "whole">> {
    const own = { ...compiled, model: await withSources(compiled.model, this.#sources) };
    return whole === undefined ? { compiled: own } : { compiled: own, whole: { ...whole, model: own.model } };
  }

  async #work(key: string, trial: PlannedTrial, packs: PackSet): Promise<v1.TrialResult> {
    const run = this.#run;
    const known = run.fresh ? null : await this.#store.read(key);
    if (known !== null) {
      this.#known++;
      return known;
    }
    const context = {
      run,
      store: this.#store,
      serial: this.#serial,
      workers: Math.max(1, Math.floor(run.workers / this.#parallel)),
      memoryBytes: Math.floor(run.memoryBytes / this.#parallel),
      signal: this.#abort.signal,
      sources: this.#sources,
      part: this.#kind.part,
      keepPredictions: this.#kind.keepPredictions,
    };
    const { result, warnings } = await runTrial(context, key, trial, packs, ({ step, steps, loss }) => {
      this.#shares.set(key, steps > 0 ? step / steps : 0);
      this.#tell(`trial ${trial.number}${step > 0 && Number.isFinite(loss) ? `, loss ${loss.toFixed(5)}` : ""}`);
    });
    this.#trained++;
    const folder = checkpointFolder(this.#store, key, trial, packs.manifest);
    if (folder !== this.#store.folderOf(key)) this.#paused.set(trial.number, folder);
    for (const warning of warnings) if (this.#told++ < TOLD) run.notice(`${this.#kind.name}: trial ${trial.number}: ${warning}`);
    if (result.errorCode !== "")
      run.notice(`${this.#kind.name}: trial ${trial.number} (${told(trial.settings)}) failed: ${result.errorCode}: ${result.errorMessage}`);
    return result;
  }

  #tell(facts: string): void {
    const share = [...this.#shares.values()].reduce((sum, x) => sum + x, this.#done);
    this.#run.progress(this.#kind.name, share / this.#total, `${this.#done} of ${this.#total} trained, ${facts}`);
  }
}

/** Bytes that a training needs for each parameter at least: its state, the best, what changed. */
const PARAMETER_BYTES = 40;

/** As many trainings as there are threads, if memory allows. */
function affordable(run: RunContext, { state, classes }: v1.IngestManifest): number {
  const { model } = run.compiled;
  const placement = placeColumns(model, state);
  const network = planNetwork(model, placement, outputsOf(model.head, classes.length));
  const parameters = (placement.features + 1) * Math.max(1, classes.length) + (network?.parameters ?? 0);
  return Math.max(1, Math.min(run.workers, Math.floor(run.memoryBytes / (PARAMETER_BYTES * parameters))));
}
