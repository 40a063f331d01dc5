import { CrossbillError, v1 } from "@crossbill/messages";
import { classPairs } from "@crossbill/models";
import { log, RandomStream } from "@crossbill/numerics";

/** Which training rows are kept, by their class. */
export interface RowSampling {
  readonly seed: number;
  /** By label, a class number (of the logistic head 0 and 1): the share that is kept, in (0, 1]. */
  readonly rates: readonly number[];
  /** Rows that are kept weigh 1 / rate. */
  readonly weighted: boolean;
}

/** Rows that one stream of random numbers decides on. */
const CHUNK_ROWS = 256;
const STREAMS = 2 ** 53;

/**
 * Draws row by row: a row of class y is kept when its uniform number is below rates[y]. The number depends on the seed, the pack's content and the row's place in it alone, so the same rows are kept whatever
 * is read with them, by whom, and on later nights.
 */
export class RowDraw {
  readonly #thresholds: readonly number[];
  readonly #stream: RandomStream;

  constructor({ seed, rates }: RowSampling) {
    this.#thresholds = rates.map((rate) => rate * 2 ** 32);
    this.#stream = new RandomStream(seed);
  }

  /** Of rows from `from` on, whose labels are given, those kept: ascending, counted from `from`. @param sha256 of the pack, in hexadecimal */
  kept(sha256: string, from: number, labels: Float64Array): Uint32Array {
    const base = Number.parseInt(sha256.slice(-13), 16);
    const out = new Uint32Array(labels.length);
    let n = 0;
    for (let i = 0; i < labels.length; i++) {
      const row = from + i;
      const within = row % CHUNK_ROWS;
      if (i === 0 || within === 0) {
        this.#stream.restart((base + Math.floor(row / CHUNK_ROWS)) % STREAMS);
        for (let skipped = 0; skipped < within; skipped++) this.#stream.uint32();
      }
      // A label that is no class is left for training to refuse.
      if (this.#stream.uint32() < (this.#thresholds[labels[i]!] ?? Infinity)) out[n++] = i;
    }
    return out.subarray(0, n);
  }
}

/** The classes by label; null: the head has none. */
export function classNames(head: v1.Head, classes: readonly string[]): readonly string[] | null {
  if (head === v1.Head.LOGISTIC) return ["negative", "positive"];
  return OF_CLASSES.has(head) ? classes : null;
}

const { INTERCEPT } = v1.SampleSpec.Correct;
const OF_CLASSES: ReadonlySet<v1.Head> = new Set([v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.ONE_VS_ONE, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE]);

/** The sampling of a TrainSpec; null: all rows are used. @throws E_TRAIN_SPEC (exit code 2) for what a head cannot do, unknown classes, rates outside (0, 1] */
export function rowSamplingOf(head: v1.Head, classes: readonly string[], { sample, seed }: v1.TrainSpec): RowSampling | null {
  if (sample == null || (sample.rates ?? []).length === 0) return null;
  const names = classNames(head, classes);
  const refuse = (what: string): never => {
    throw new CrossbillError("E_TRAIN_SPEC", `train.sample: ${what}`, { exitCode: 2 });
  };
  if (names === null) return refuse("rows are left out by class, and this head has none; allowed are logistic and the heads of several classes");
  const rates = new Array<number>(names.length).fill(1);
  for (const one of sample.rates ?? []) {
    const { class: name, rate } = v1.SampleRate.create(one);
    const label = names.indexOf(name);
    if (label < 0)
      refuse(
        `rates: there is no class ${JSON.stringify(name)}; allowed are ${names.slice(0, 20).join(", ")}${names.length > 20 ? ` and ${names.length - 20} more` : ""}`,
      );
    if (!(rate > 0 && rate <= 1)) refuse(`rates: ${rate} of ${JSON.stringify(name)}; allowed is a number above 0, at most 1`);
    rates[label] = rate;
  }
  const weighted = sample.correct !== INTERCEPT;
  if (!weighted && head === v1.Head.ONE_VS_REST)
    refuse('correct: "intercept" is not right for oneVsRest, where the mix of the other classes changes with the row; use "weight"');
  return { seed, rates, weighted };
}

/**
 * What is added to each output's intercept, so that a model of the kept rows predicts all of them (King and Zeng 2001, prior correction; McMahan et al. 2013, 4.5). With rates r, logistic: log r[0] - log r[1];
 * softmax: -log r[k], less their mean; of a pair of classes (a, b): log r[b] - log r[a]. null: nothing.
 */
export function interceptShifts(head: v1.Head, sampling: RowSampling | null): Float64Array | null {
  if (sampling === null || sampling.weighted) return null;
  const logs = sampling.rates.map((rate) => log(rate));
  if (head === v1.Head.LOGISTIC) return Float64Array.of(logs[0]! - logs[1]!);
  if (head === v1.Head.ONE_VS_ONE) return Float64Array.from(classPairs(logs.length), ([a, b]) => logs[b]! - logs[a]!);
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  return Float64Array.from(logs, (one) => mean - one);
}
