import { LOSS_CHUNK_ROWS } from "@crossbill/kernels";
import { CrossbillError, type ErrorDetails } from "@crossbill/messages";
import type { Heap } from "../blocks/heap.js";
import type { Inputs } from "../blocks/inputs.js";
import { type Layout, layoutOf } from "../blocks/layout.js";
import type { Loader } from "../blocks/loader.js";
import type { FailedBlock, FailedWeight } from "../loop/learner.js";
import type { NetworkFault, ParameterFault } from "../network/network-fault.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { SourceRows } from "../rows/block-source.js";
import type { PlannedBlock, TrainPlan } from "../rows/plan.js";
import { type Blame, blame, columnOf } from "./blame.js";
import { hugeValue } from "./huge-value.js";

const ADVICE = "a smaller learning rate (alpha), stronger penalties, or clipping and scaling of the numeric columns help";

/** A row of a block, and the output where it fails. */
interface Place {
  readonly row: number;
  readonly output: number;
  /** Whether its label or example weight are at fault, not its logit. */
  readonly isLabel: boolean;
}

/**
 * The error for a block whose loss is not finite, and whose weights are gathered. Recomputes the logits of the chunk to find the row, and names the column at fault with its value
 * there: as it stands in the data where it is numeric.
 */
export async function divergedAt(
  found: FailedBlock & {
    plan: TrainPlan;
    inputs: Inputs;
    heap: Heap;
    layout: Layout;
    /** Puts the logits of rows [from, to), a chunk, into the residuals' places. */
    logits: (from: number, to: number) => void;
    /** What is wrong with a row of these in a network; null: the model is linear, or its linear part is at fault. */
    networkFault: (row: number) => NetworkFault | null;
  },
): Promise<CrossbillError> {
  const { what, epoch, index, block, plan, inputs, loader, heap, layout } = found;
  const planned = plan.blocks[index]!;
  const step = found.step + (what === "loss" ? 1 : 0);
  const pack = plan.packs[planned.pack]!.uri;
  const place = findRow(found);
  const from = { step, epoch: epoch + 1, pack, from: planned.from, to: planned.to };
  const head = `training diverged: the ${what} is not finite at step ${step}, epoch ${epoch + 1}`;
  if (place === null)
    return diverged(`${head}, rows ${planned.from} to ${planned.to - 1} of pack ${pack}`, { ...from, row: null, column: null, value: null, weight: null });
  const fault = place.isLabel ? null : found.networkFault(place.row);
  if (fault !== null) return divergedNetwork(found, fault, head, from);
  const own = place.isLabel ? null : blame(block, place.row, heap, layoutOf(layout, place.output), inputs);
  const cause = own === null || Number.isFinite(own.weight) ? null : await hugeValue(own.column, found.recent, found);
  if (cause !== null && own !== null) return diverged(`${head}: ${causeOf(own, cause)}`, { ...from, ...detailsOf(own), ...cause });
  const { row, value } = await raw(planned, place.row, own, inputs, loader);
  const words = own === null ? "its label or weight is too large, or no class" : faultOf(own, value);
  return diverged(`${head}, row ${row} of pack ${pack}: ${words}`, { ...from, row, ...detailsOf(own), ...(own === null ? {} : { value }) });
}

/** The error for a row that does not come through a network: where it ends, what it began with, and where parameters are at fault the value of a block before that may have made them so. */
async function divergedNetwork(
  found: FailedBlock & { plan: TrainPlan; inputs: Inputs },
  fault: NetworkFault,
  head: string,
  from: ErrorDetails,
): Promise<CrossbillError> {
  const { row, layer, unit, where, found: number, ofParameters, column, value: taken } = fault;
  const pack = String(from["pack"]);
  const at = { layer, unit };
  if (ofParameters) {
    const cause = await hugestValue({ ...found, recent: [found.index, ...found.recent] });
    if (cause !== null)
      return diverged(
        `${head}: parameters of ${where} are not finite, since row ${cause.row} of pack ${cause.pack} has the value ${cause.value} in column ${cause.column}`,
        {
          ...from,
          ...at,
          ...cause,
        },
      );
  }
  const stands = await raw(found.plan.blocks[found.index]!, row, { column, id: null, value: taken, weight: Number.NaN }, found.inputs, found.loader);
  const own = `the largest number that comes in is ${stands.value} in column ${column}`;
  const told =
    layer === 0
      ? `${where} is ${number} there, made of ${stands.value}`
      : `${where} is ${number}${ofParameters ? ", as its parameters are not finite" : ""}; ${own}`;
  return diverged(`${head}, row ${stands.row} of pack ${pack}: ${told}`, { ...from, ...at, row: stands.row, column, value: stands.value });
}

/** Of all numeric columns the largest huge value in the blocks before. */
async function hugestValue(found: (FailedWeight & { plan: TrainPlan; inputs: Inputs }) | (FailedBlock & { plan: TrainPlan; inputs: Inputs })) {
  for (const { name } of found.inputs.numeric) {
    const cause = await hugeValue(name, found.recent, found);
    if (cause !== null) return { ...cause, column: name };
  }
  return null;
}

/** The error for a parameter of a network that is not finite after a step. */
export async function divergedParameter(
  found: FailedWeight & { plan: TrainPlan; inputs: Inputs },
  { where, layer, column, id }: ParameterFault,
): Promise<CrossbillError> {
  const { step, epoch } = found;
  const cause = await hugestValue(found);
  const since = cause === null ? "" : `, since row ${cause.row} of pack ${cause.pack} has the value ${cause.value} in column ${cause.column}`;
  return diverged(`training diverged: after step ${step}, epoch ${epoch + 1}, ${where} is not finite, or its optimiser's state is not${since}`, {
    step,
    epoch: epoch + 1,
    layer,
    column,
    id,
    ...cause,
  });
}

/** The error for a weight that is not finite, or whose state is not. */
export async function divergedWeight(
  parts: FailedWeight & {
    plan: TrainPlan;
    inputs: Inputs;
    optimizers: readonly Optimizer[];
    heap: Heap;
    layout: Layout;
  },
): Promise<CrossbillError> {
  const { step, epoch, inputs, optimizers, heap, layout, now } = parts;
  const head = `training diverged: after step ${step}, epoch ${epoch + 1},`;
  const { features } = inputs;
  // Nothing else is made of these places any more.
  const [ids, out] = [layout.active, layout.denseW];
  for (const optimizer of optimizers) {
    let [from, to] = [0, features];
    if (!Number.isNaN(optimizer.nonZero(from, to, now))) continue;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (Number.isNaN(optimizer.nonZero(from, middle, now))) to = middle;
      else from = middle;
    }
    heap.u32[ids / 4] = from;
    optimizer.gather(out, 0, 1, ids, now);
    const own = { ...columnOf(from, inputs), weight: heap.f32[out / 4]! };
    const cause = await hugeValue(own.column, parts.recent, parts);
    const fault = cause === null ? fateOf(own) : causeOf(own, cause);
    return diverged(`${head} ${fault}`, { step, epoch: epoch + 1, ...detailsOf(own), ...cause });
  }
  return diverged(`${head} the intercept or its state is not finite`, { step, epoch: epoch + 1, ...detailsOf(null) });
}

/** The error for a value that cannot be trained on, before any step. @param given the rows as they stand in the pack */
export function divergedBy(
  { row, feature, value }: { readonly row: number; readonly feature: number; readonly value: number },
  given: SourceRows,
  inputs: Inputs,
  pack: string,
): CrossbillError {
  const own = { ...columnOf(feature, inputs), value, weight: 0 };
  const stands = isNumber(own, inputs) ? given.numbers(own.column)[row]! : value;
  const place = given.places?.[row] ?? row;
  return new CrossbillError(
    "E_DIVERGED",
    `training cannot begin: row ${place} of pack ${pack}: ${nameOf(own)} has the value ${stands} (${value} as the model takes it), whose square float64 does not hold; clip and scale the column`,
    { details: { step: 0, epoch: 1, pack, row: place, ...detailsOf(own), value: stands } },
  );
}

/** The error for what is not finite and belongs to no place. */
export function divergedIn(what: string, step: number, epoch: number): CrossbillError {
  return diverged(`training diverged: ${what} not finite after step ${step}, epoch ${epoch + 1}`, { step, epoch: epoch + 1 });
}

function diverged(message: string, details: ErrorDetails): CrossbillError {
  return new CrossbillError("E_DIVERGED", `${message}; ${ADVICE}`, { details });
}

function nameOf({ column, id }: Pick<Blame, "column" | "id">): string {
  if (column === null) return "the intercept";
  return id === null ? `column ${column}` : `id ${id} of column ${column}`;
}

/** @param value as it stands in the data */
function faultOf(own: Blame, value: number): string {
  if (own.column === null) return `the intercept is ${own.weight}`;
  const taken = Number.isFinite(own.value) && Math.fround(value) === own.value ? "" : ` (${own.value} as the model takes it)`;
  return own.id !== null && value === 1
    ? `the weight of ${nameOf(own)} is ${own.weight}`
    : `${nameOf(own)} has the value ${value}${taken} there, and the weight ${own.weight}`;
}

function causeOf(own: Pick<Blame, "column" | "id" | "weight">, { pack, row, value }: { pack: string; row: number; value: number }): string {
  return `${fateOf(own)}, since row ${row} of pack ${pack} has the value ${value} there`;
}

function fateOf(own: Pick<Blame, "column" | "id" | "weight">): string {
  return Number.isFinite(own.weight) ? `the optimiser's state of ${nameOf(own)} is not finite` : `the weight of ${nameOf(own)} is ${own.weight}`;
}

function detailsOf(own: (Pick<Blame, "column" | "id" | "weight"> & { readonly value?: number }) | null): ErrorDetails {
  return { column: own?.column ?? null, ...(own?.id == null ? {} : { id: own.id }), value: own?.value ?? null, weight: own?.weight ?? null };
}

/** The row's place in its pack, and the value at fault as it stands there. */
async function raw(planned: PlannedBlock, row: number, own: Blame | null, inputs: Inputs, loader: Loader): Promise<{ row: number; value: number }> {
  const rows = await loader.read(planned);
  const value = own !== null && isNumber(own, inputs) ? rows.numbers(own.column)[row]! : (own?.value ?? Number.NaN);
  return { row: rows.places?.[row] ?? planned.from + row, value };
}

function isNumber<T extends Pick<Blame, "column">>(own: T, { numeric }: Inputs): own is T & { readonly column: string } {
  return numeric.some(({ name }) => name === own.column);
}

/** The first row that fails, or of the first chunk that does the one with the largest logit. */
function findRow({
  block,
  heap: { f64 },
  layout,
  inputs,
  sample,
  logits,
}: FailedBlock & { heap: Heap; layout: Layout; inputs: Inputs; logits: (from: number, to: number) => void }): Place | null {
  const outputs = sample?.classes ?? Array.from({ length: layout.outputs }, (_, k) => k);
  const classes = layout.outputs > 1 && inputs.labels === undefined ? layout.outputs : Infinity;
  for (let chunk = 0; chunk * LOSS_CHUNK_ROWS < block.rows; chunk++) {
    if (Number.isFinite(f64[layout.losses / 8 + chunk]!)) continue;
    const from = chunk * LOSS_CHUNK_ROWS;
    const to = Math.min(block.rows, from + LOSS_CHUNK_ROWS);
    logits(from, to);
    let largest: Place | null = null;
    let size = -1;
    for (let row = from; row < to; row++) {
      for (const output of outputs) {
        const label = f64[block.labels / 8 + (inputs.labels === undefined ? row : row * inputs.labels + output)]!;
        const logit = f64[layoutOf(layout, output).residual / 8 + row]!;
        const isLabel = !Number.isFinite(label * label * f64[block.weights / 8 + row]!) || label >= classes;
        if (isLabel) return { row, output, isLabel };
        if (!Number.isFinite(logit * logit)) return { row, output, isLabel: false };
        if (Math.abs(logit) > size) [largest, size] = [{ row, output, isLabel: false }, Math.abs(logit)];
      }
    }
    return largest;
  }
  return null;
}
