import { performance } from "node:perf_hooks";
import { instantiateKernels } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { GangMember } from "@crossbill/tasks";
import { labelsOf } from "../blocks/inputs.js";
import { ABORT_INT } from "../loop/protocol.js";
import { type PathPoint, pathPoint } from "../path.js";
import { sourceOf } from "../rows/used-rows.js";
import { divergedBy } from "../watch/divergence.js";
import { isBinary, outsideUnit } from "../watch/outside-unit.js";
import { BinaryRows, constant, together } from "./binary-problems.js";
import { Performer } from "./commands.js";
import { KernelObjective } from "./kernel-objective.js";
import { Matrix, type MatrixShape } from "./matrix.js";
import { matrixRows } from "./matrix-rows.js";
import { ExactStage } from "./passes.js";
import { lambdasOf, PATH_TOLERANCE, type PathPlan, pathSolver } from "./path.js";
import { type ExactData, ExactProgress } from "./protocol.js";
import { SharedArena } from "./shared-arena.js";
import { type Solution, type SolveOptions, type Start, solve } from "./solve.js";
import { tooLarge } from "./too-large.js";

/** What member 0 returns (the others null). */
export interface ExactResult {
  /** null: a path was asked for. */
  readonly solution: Solution | null;
  /** Of the path; empty without. */
  readonly points: readonly PathPoint[];
  /** Seconds in passes and vectors, without loading. */
  readonly seconds: number;
  /** Squared head over labels that are all 0 or 1: validation rows whose prediction is below 0 or above 1; else null. */
  readonly outside: number | null;
}

/** One thread of the exact solver's gang: all load and serve passes, member 0 solves. */
export default async function exactMember(member: GangMember, data: ExactData): Promise<ExactResult | null> {
  const { shape, control, head, classes, rowArrays } = data;
  const stopIfAsked = (): void => {
    if (Atomics.load(member.ints, ABORT_INT) !== 0)
      throw new CrossbillError("E_ABORTED", "training was stopped by request; the same command starts the solve again");
  };
  const arena = new SharedArena(data.memory, control, data.limitBytes);
  const kernels = instantiateKernels(data.memory, data.module);
  const matrix = new Matrix(shape, kernels, arena, data.table);
  await load(member, data, arena, matrix, stopIfAsked);
  member.barrier(ExactStage.FILLED);
  arena.refresh();
  const counts = arena.take(4 * shape.features);
  for (let b = member.index; b < matrix.blocks; b += member.size) {
    matrix.transpose(b, counts);
    member.beat();
  }
  member.barrier(ExactStage.TRANSPOSED);
  arena.refresh();
  const performer = new Performer({ kernels, arena, matrix, head, classes, rows: rowArrays, team: member }, control);
  if (member.index > 0) {
    performer.serve();
    return null;
  }
  const begun = performance.now();
  const { floats } = member;
  const objectiveOf = (): KernelObjective =>
    new KernelObjective({
      ...data,
      rows: rowArrays,
      performer,
      arena,
      intercept: true,
      beforePass() {
        stopIfAsked();
        floats[ExactProgress.PASSES] = floats[ExactProgress.PASSES]! + 1;
        floats[ExactProgress.SECONDS] = (performance.now() - begun) / 1000;
      },
    });
  let steps = 0;
  const optionsOf = (problem: number): SolveOptions => ({
    head,
    classes,
    intercept: true,
    l1: data.l1,
    tolerance: data.tolerance,
    gap: data.gap,
    maxIterations: data.maxIterations,
    shifts: data.shifts?.subarray(problem * classes, (problem + 1) * classes) ?? null,
    initial: data.initial === null ? undefined : startOf(data.initial, problem, classes),
    onIteration({ meanLoss }) {
      floats[ExactProgress.ITERATIONS] = ++steps;
      floats[ExactProgress.LOSS] = meanLoss;
    },
  });
  const parts = { ...data, objectiveOf, optionsOf, rows: data.problems.length === 0 ? null : new BinaryRows(arena, shape, rowArrays, data.inputs.labels ?? 0) };
  const points = data.path === null ? [] : pathOf(parts, data.path);
  const solution = data.path === null ? optimumOf(parts) : null;
  performer.stop();
  const outside = data.path === null && head === "squared" ? outsideOf(arena, data) : null;
  return { solution, points, seconds: (performance.now() - begun) / 1000, outside };
}

/** The residuals of the validation rows are those of the solution, as the solve left them. */
function outsideOf(arena: SharedArena, { rowArrays: { labels, weights, z }, shape }: ExactData): number | null {
  if (!isBinary(arena.f64(labels, shape.rows))) return null;
  const of = (at: number): Float64Array => arena.f64(at + 8 * shape.firstValidation, shape.validationRows);
  return outsideUnit(of(z), of(labels), of(weights));
}

interface Parts {
  readonly shape: MatrixShape;
  readonly problems: ExactData["problems"];
  readonly l2: number;
  readonly objectiveOf: () => KernelObjective;
  readonly optionsOf: (problem: number) => SolveOptions;
  /** null: it is one problem. */
  readonly rows: BinaryRows | null;
}

function optimumOf({ shape, problems, objectiveOf, optionsOf, rows }: Parts): Solution {
  const one = (objective: KernelObjective, problem: number): Solution => solve(objective, shape, optionsOf(problem));
  return rows === null ? one(objectiveOf(), 0) : rows.solveEach(problems, objectiveOf, one);
}

/** Of several problems the lambdas are those of the one with the largest first. */
function pathOf({ shape, problems, l2, objectiveOf, optionsOf, rows }: Parts, plan: PathPlan): PathPoint[] {
  const optionsAt = (problem: number): SolveOptions => ({ ...optionsOf(problem), gap: plan.gap, tolerance: PATH_TOLERANCE });
  if (rows === null) {
    const solver = pathSolver(objectiveOf(), shape, optionsAt(0), (largest) => plan.ratio * largest);
    return lambdasOf(solver.largest, plan).map((l1) => pathPoint(l1, l2, solver.next(l1)));
  }
  const largest = rows.each(
    problems,
    objectiveOf,
    (objective, p) => pathSolver(objective, shape, optionsAt(p), (largest) => largest).largest,
    () => 0,
  );
  const lambdas = lambdasOf(Math.max(...largest), plan);
  const solutions = rows.each(
    problems,
    objectiveOf,
    (objective, p) => lambdas.map(pathSolver(objective, shape, optionsAt(p), () => lambdas.at(-1)!).next),
    (intercept) => lambdas.map(() => constant(shape.features, intercept)),
  );
  return lambdas.map((l1, i) =>
    pathPoint(
      l1,
      l2,
      together(
        solutions.map((of) => of[i]!),
        shape.features,
      ),
    ),
  );
}

/** The start of the outputs of one problem, one after the other. */
function startOf({ weights, intercepts }: Start, problem: number, classes: number): Start {
  const each = weights.length / intercepts.length;
  const [from, to] = [problem * classes, (problem + 1) * classes];
  return { weights: weights.subarray(from * each, to * each), intercepts: intercepts.subarray(from, to) };
}

/** Pack p is read by member p mod W. */
async function load(member: GangMember, data: ExactData, arena: SharedArena, matrix: Matrix, stopIfAsked: () => void): Promise<void> {
  const { packs, shape, inputs, rowArrays, labelClasses } = data;
  const source = await sourceOf({ ...data, plan: data });
  for (let p = member.index; p < packs.length; p += member.size) {
    stopIfAsked();
    await source.verify(p);
    await source.open(p);
    const { start, rows } = shape.segments[p]!;
    const { uri } = packs[p]!;
    const given = await source.read(0, packs[p]!.rows);
    const read = matrixRows(given, inputs, (column, id, size) => {
      throw new CrossbillError(
        "E_CORRUPT",
        `${uri}: column ${column} holds id ${id}, its size is ${size}: packs and state do not belong together; ingest again`,
        {
          details: { column },
        },
      );
    });
    if (read.rows !== rows) throw new CrossbillError("E_CORRUPT", `pack ${uri}: ${read.rows} rows where ${rows} are wanted`);
    const large = tooLarge(read.valued);
    if (large !== null) throw divergedBy(large, given, inputs, uri);
    if (labelClasses > 0 && !read.label.every((y) => Number.isInteger(y) && y >= 0 && y < labelClasses))
      throw new CrossbillError("E_CORRUPT", `${uri}: a label is no class number below ${labelClasses}; ingest again`);
    matrix.fill(p, read);
    arena.f64(rowArrays.labels + 8 * start, rows).set(read.label);
    if (inputs.labels !== undefined) arena.f64(rowArrays.vectors + 8 * start * inputs.labels, rows * inputs.labels).set(labelsOf(given, inputs));
    arena.f64(rowArrays.weights + 8 * start, rows).set(read.weight);
    member.floats[ExactProgress.LOADED] = member.floats[ExactProgress.LOADED]! + rows;
    member.beat();
  }
}
