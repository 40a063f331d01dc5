import path from "node:path";
import { readManifest } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { Registry } from "@crossbill/registry";
import { throwIfAborted } from "@crossbill/tasks";
import { candidatePath, readCandidate } from "./candidate.js";
import { comparisonSummary } from "./comparison-summary.js";
import { type RunContext, type RunOptions, withRun } from "./context.js";
import { checkEngine } from "./engine.js";
import { fairnessSummaries } from "./fairness-summary.js";
import { foundSummaries } from "./found-summary.js";
import { decideGate, type GateDecision } from "./gate.js";
import { baselineOf, resolveModel } from "./model-ref.js";
import { multiClassSummary } from "./multi-class-summary.js";
import { evaluateStep, type NamedModel } from "./steps/evaluate-step.js";
import { ingestStep } from "./steps/ingest-step.js";
import { inputPacks, type MeasuredPacks, testPacks } from "./steps/measured-packs.js";
import { publishStep } from "./steps/publish-step.js";
import { reportStep } from "./steps/report-step.js";
import { isSwept, sweepStep } from "./steps/sweep-step.js";
import { tensorboardStep } from "./steps/tensorboard-step.js";
import { trainStep } from "./steps/train-step.js";
import { checkSummaries, NO_TRAINING, outlierRows, partRows, type RunSummary, type TrainingWork, trainSummary } from "./summary.js";
import { sliceSummaries, testSummary } from "./test-summary.js";

export type StepCommand = "ingest" | "train" | "evaluate" | "publish" | "report" | "retrain";

export interface CommandOptions extends RunOptions {
  /** What `evaluate` and `report` measure; default: the candidate. */
  model?: string | undefined;
  /** What `evaluate` compares with; default: the current model, if there is one. */
  against?: string | undefined;
  /** Folder for an event file of the model that was trained or measured, relative to `cwd`. */
  tensorboard?: string | undefined;
  /** Folder for the tables of a report as CSV files, relative to `cwd`. */
  tables?: string | undefined;
  /** Other files than the test part that `evaluate` measures on. */
  input?: readonly string[] | undefined;
}

/**
 * The commands over one work folder, each a row of steps; what is done already is found by content and skipped.
 * A rejected model is no error here: `gate.accepted` says it.
 */
export async function runCommand(command: StepCommand, options: CommandOptions): Promise<RunSummary> {
  return withRun(options, async (run) => {
    const started = performance.now();
    if (command === "train" || command === "retrain") checkEngine(run);
    const work = new Work(run, options);
    const evaluate = (): Promise<void> => work.evaluate(options.model ?? "candidate", options.against);
    const evaluateCandidate = (): Promise<void> => work.evaluate("candidate");
    const steps: Record<StepCommand, (() => Promise<unknown>)[]> = {
      ingest: [() => work.ingest()],
      train: [() => work.train()],
      evaluate: [evaluate],
      publish: [evaluateCandidate, () => work.gateAndPublish()],
      report: [evaluate, () => work.gate(), () => work.report()],
      retrain: [() => work.ingest(), () => work.train(), evaluateCandidate, () => work.gateAndPublish(), () => work.report(), () => work.sweep()],
    };
    for (const [i, step] of steps[command].entries()) {
      if (i > 0) await run.rest();
      await step();
      throwIfAborted(run.signal); // steps that take no time do not look themselves
    }
    if (options.tensorboard !== undefined) await work.tensorboard(path.resolve(options.cwd, options.tensorboard));
    work.summary.seconds.total = (performance.now() - started) / 1000;
    return work.summary;
  });
}

class Work {
  readonly summary: RunSummary = {
    rows: { read: 0, rejected: 0, train: 0, validation: 0, test: 0 },
    rejects: {},
    rejectsFile: null,
    outliers: {},
    dataChecks: [],
    seconds: { ingest: 0, train: 0, evaluate: 0, total: 0 },
    model: null,
    train: null,
    test: null,
    slices: [],
    comparison: null,
    multiClass: null,
    found: {},
    fairness: [],
    gate: null,
    report: null,
    tensorboard: null,
    published: null,
    skipped: [],
  };
  #manifest: v1.IngestManifest | null = null;
  /** Whether this run told what it found of the data. */
  #checked = false;
  #candidate: v1.Candidate | null = null;
  #subject: NamedModel | null = null;
  #measured: v1.Measured | null = null;
  #decision: GateDecision | null = null;

  constructor(
    readonly run: RunContext,
    readonly options: CommandOptions,
  ) {}

  async ingest(): Promise<void> {
    const outcome = await this.#timed("ingest", () => ingestStep(this.run));
    this.#manifest = outcome.manifest;
    this.#checked = !outcome.skipped;
    if (outcome.skipped) this.summary.skipped.push("ingest");
    Object.assign(this.summary.rows, { read: outcome.read, rejected: outcome.rejected }, partRows(outcome.manifest));
    this.summary.rejects = outcome.rejects;
    this.summary.rejectsFile = outcome.rejectsFile;
    this.summary.outliers = outlierRows(outcome.outliers);
    this.summary.dataChecks = checkSummaries(outcome.manifest);
  }

  async train(): Promise<void> {
    const manifest = await this.#ingested();
    const outcome = await this.#timed("train", () => trainStep(this.run, manifest, this.#checked));
    if (outcome.skipped) this.summary.skipped.push("train");
    await this.#useCandidate(outcome.candidate, outcome.work);
  }

  async evaluate(ref: string, against?: string): Promise<void> {
    const { input } = this.options;
    // Other files need no packs of their own data.
    const manifest = input === undefined ? await this.#ingested() : await readManifest(this.run.root);
    if (ref === "candidate" && this.#candidate === null) {
      const candidate = await readCandidate(this.run.root);
      if (candidate !== null) await this.#useCandidate(candidate, NO_TRAINING);
    }
    const subject = ref === "candidate" && this.#subject !== null ? this.#subject : await resolveModel(ref, this.run.root, this.options.cwd);
    const baseline =
      against === undefined ? await baselineOf(this.run.root, subject.model.sha256) : await resolveModel(against, this.run.root, this.options.cwd);
    const { measured, skipped } = await this.#timed("evaluate", async () => {
      const rows = input === undefined ? testPacks(this.run, manifest!) : await this.#inputPacks(input, subject, manifest);
      return evaluateStep(this.run, rows, subject, baseline);
    });
    if (skipped) this.summary.skipped.push("evaluate");
    this.#subject = subject;
    this.#measured = measured;
    this.summary.test = testSummary(measured);
    this.summary.slices = sliceSummaries(measured);
    this.summary.comparison = comparisonSummary(measured);
    this.summary.multiClass = multiClassSummary(measured);
    this.summary.found = foundSummaries(measured);
    this.summary.fairness = fairnessSummaries(measured);
    if (this.summary.model === null) this.#describeModel(subject);
  }

  async gateAndPublish(): Promise<void> {
    const measured = this.#need(this.#measured);
    const candidate = this.#candidate;
    if (candidate === null) throw new CrossbillError("E_NO_MODEL", `nothing was trained in ${this.run.root} yet; run: crossbill train`);
    const decision = await this.gate();
    if (!decision.accepted) return;
    const { version, skipped } = await publishStep(this.run, candidate, measured);
    if (skipped) this.summary.skipped.push("publish");
    this.summary.published = version;
    this.#subject = await resolveModel(version, this.run.root, this.options.cwd);
    this.#describeModel(this.#subject);
  }

  /** Holds what was measured against the limits. Finds out, too, whether the model is the published one. */
  async gate(): Promise<GateDecision> {
    const measured = this.#need(this.#measured);
    const evaluation = v1.Evaluation.create(measured.evaluation ?? {}) as v1.Evaluation;
    const comparison = measured.comparison ? (v1.Comparison.create(measured.comparison) as v1.Comparison) : null;
    this.#decision = decideGate(evaluation, comparison, this.run.compiled.gate);
    this.summary.gate = { accepted: this.#decision.accepted, reasons: this.#decision.reasons };
    const registry = new Registry(this.run.registryRoot);
    const current = await registry.current();
    if (current !== null && (await registry.show(current)).modelSha256 === this.#need(this.#subject).model.sha256) this.summary.published = current;
    return this.#decision;
  }

  async report(): Promise<void> {
    const facts = {
      manifest: await this.#ingested(),
      subject: this.#need(this.#subject),
      measured: this.#need(this.#measured),
      decision: this.#decision,
      version: this.summary.published,
    };
    const { path: page, skipped } = await reportStep(
      this.run,
      facts,
      this.options.tables === undefined ? undefined : path.resolve(this.options.cwd, this.options.tables),
    );
    if (skipped) this.summary.skipped.push("report");
    this.summary.report = page;
  }

  async tensorboard(folder: string): Promise<void> {
    if (this.#subject !== null) this.summary.tensorboard = await tensorboardStep(this.run, folder, this.#subject, this.#measured);
  }

  async sweep(): Promise<void> {
    if (this.summary.skipped.includes("ingest") && isSwept(this.run.root)) return;
    await sweepStep(this.run, await this.#ingested(), this.#need(this.#measured).key);
  }

  async #useCandidate(candidate: v1.Candidate, work: TrainingWork): Promise<void> {
    this.#candidate = candidate;
    this.summary.train = trainSummary(v1.TrainMetrics.create(candidate.metrics ?? {}) as v1.TrainMetrics, work);
    const { model } = await resolveModel(path.join(candidatePath(this.run.root, candidate), "model"), this.run.root, this.options.cwd);
    this.#subject = { name: "candidate", model };
    this.#describeModel(this.#subject);
  }

  async #inputPacks(input: readonly string[], { model }: NamedModel, manifest: v1.IngestManifest | null): Promise<MeasuredPacks> {
    const rows = await inputPacks(this.run, input, model, manifest);
    const { read, rejected, rejects } = rows;
    Object.assign(this.summary.rows, { read, rejected, test: rows.packs.reduce((sum, pack) => sum + pack.rows, 0) });
    this.summary.rejects = { ...rejects };
    return rows;
  }

  #describeModel({ name, model }: NamedModel): void {
    this.summary.model = {
      version: name === "candidate" ? null : name,
      sha256: model.sha256,
      parameters: model.parameters,
      nonZero: model.nonZero,
      bytes: model.bytes,
      path: model.path,
    };
  }

  async #ingested(): Promise<v1.IngestManifest> {
    if (this.#manifest !== null) return this.#manifest;
    const manifest = await readManifest(this.run.root);
    if (manifest === null) throw new CrossbillError("E_NOT_INGESTED", `no packs in ${this.run.root} yet; run: crossbill ingest`);
    this.#manifest = manifest;
    Object.assign(this.summary.rows, partRows(manifest));
    return manifest;
  }

  #need<T>(value: T | null): T {
    if (value === null) throw new CrossbillError("E_INTERNAL", "a step was asked for before the one it builds on");
    return value;
  }

  async #timed<T>(step: "ingest" | "train" | "evaluate", body: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await body();
    } finally {
      this.summary.seconds[step] = (performance.now() - started) / 1000;
    }
  }
}
