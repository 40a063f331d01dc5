import { CrossbillError, type v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { checkLength, checkRows, type SliceOptions, sliceOptions } from "../inputs.js";
import { compareValues, type SliceValue, sliceValue } from "../slice-value.js";
import { GroupCells } from "./group-cells.js";
import { newcombe, type Rate, type Share, wilson } from "./rate.js";

const FORMAT_VERSION = 1;
const [TN, FP, FN, TP] = [0, 1, 2, 3];

/** Decisions of one group. Rates are NaN where nothing is behind them. */
export interface GroupRates {
  readonly value: SliceValue;
  /** Rows given, those of weight 0 too. */
  readonly rows: number;
  readonly weight: number;
  /** Share of label 1. */
  readonly baseRate: number;
  /** Share of predicted positives. */
  readonly positiveRate: Rate;
  readonly truePositiveRate: Rate;
  readonly falsePositiveRate: Rate;
  readonly precision: Rate;
}

export type FairnessName = "demographicParity" | "equalOpportunity" | "equalizedOdds";

/** The largest difference of a rate between two groups. */
export interface FairnessDifference extends Rate {
  readonly name: FairnessName;
  /** Groups of the largest and the smallest rate; undefined where fewer than two groups have the rate. */
  readonly most: SliceValue | undefined;
  readonly least: SliceValue | undefined;
}

export interface FairnessValue {
  /** In order of the values: numbers by size, texts by code units, null last. */
  readonly groups: readonly GroupRates[];
  /** Of the groups with at least `minRows` rows. */
  readonly differences: readonly FairnessDifference[];
}

export interface FairnessValueOptions extends SliceOptions {
  /** Rows of a group that is compared, at least; default 1. */
  readonly minRows?: number;
}

/**
 * Counts of decisions by group, mergeable: any order and grouping of updates and merges gives the same bits, and the same message bytes.
 */
export class FairnessAccumulator {
  readonly threshold: number;
  private readonly groups = new Map<SliceValue, GroupCells>();

  /** @param options threshold: predicted positive where probability >= threshold, in [0, 1]; default 0.5 @throws E_THRESHOLD_RANGE */
  constructor(options: { readonly threshold?: number } = {}) {
    this.threshold = options.threshold ?? 0.5;
    if (!(this.threshold >= 0 && this.threshold <= 1))
      throw new CrossbillError("E_THRESHOLD_RANGE", `threshold is ${String(this.threshold)}, allowed is a number in [0, 1]`, { exitCode: 2 });
  }

  /**
   * Adds rows.
   * @param groups one value a row
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_VALUE; no row is added then
   */
  update(labels: ArrayLike<number>, probabilities: ArrayLike<number>, groups: ArrayLike<SliceValue | undefined>, weights?: ArrayLike<number>): void {
    checkRows(labels, probabilities, weights);
    checkLength("groups", groups.length, labels.length);
    const values = Array.from({ length: labels.length }, (_, row) => sliceValue(groups[row], "groups", row));
    for (const [row, value] of values.entries())
      this.cellsOf(value).add(labels[row]!, probabilities[row]! >= this.threshold, weights === undefined ? 1 : weights[row]!);
  }

  /** Adds everything `other` holds; `other` keeps its value. @throws E_ACCUMULATOR_MISMATCH when the thresholds differ */
  merge(other: FairnessAccumulator): void {
    if (other.threshold !== this.threshold)
      throw new CrossbillError("E_ACCUMULATOR_MISMATCH", `fairness accumulators at thresholds ${this.threshold} and ${other.threshold} cannot be merged`, {
        exitCode: 2,
      });
    for (const [value, cells] of other.groups) this.cellsOf(value).merge(cells);
  }

  /** @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
  value(options: FairnessValueOptions = {}): FairnessValue {
    const { weightKind, level } = sliceOptions(options);
    const importance = weightKind === "importance";
    const groups = this.sorted();
    const rates = groups.map(([value, cells]): GroupRates => {
      const rate = (part: readonly number[], of: readonly number[]): Rate => wilson(cells.share(part, of, importance), level);
      return {
        value,
        rows: cells.allRows,
        weight: cells.weightOf([TN, FP, FN, TP]),
        baseRate: cells.share([FN, TP], [TN, FP, FN, TP], importance).value,
        positiveRate: rate([FP, TP], [TN, FP, FN, TP]),
        truePositiveRate: rate([TP], [FN, TP]),
        falsePositiveRate: rate([FP], [TN, FP]),
        precision: rate([TP], [FP, TP]),
      };
    });
    const large = groups.filter(([, cells]) => cells.allRows >= (options.minRows ?? 1));
    const shares = (part: readonly number[], of: readonly number[]): GroupShare[] =>
      large.map(([value, cells]) => ({ value, share: cells.share(part, of, importance) })).filter(({ share }) => !Number.isNaN(share.value));
    const ofTruePositives = shares([TP], [FN, TP]);
    const ofFalsePositives = shares([FP], [TN, FP]);
    const [opportunity, falseAlarms] = [ofTruePositives, ofFalsePositives].map((one) => largest(one, level, 2));
    return {
      groups: rates,
      differences: [
        { name: "demographicParity", ...largest(shares([FP, TP], [TN, FP, FN, TP]), level, 1) },
        { name: "equalOpportunity", ...largest(ofTruePositives, level, 1) },
        { name: "equalizedOdds", ...(falseAlarms!.value > opportunity!.value || Number.isNaN(opportunity!.value) ? falseAlarms! : opportunity!) },
      ],
    };
  }

  toMessage(): v1.FairnessAccumulator.$Properties {
    return {
      formatVersion: FORMAT_VERSION,
      threshold: this.threshold,
      groups: this.sorted().map(([value, { rows, weights, squares }]) => ({
        value: value === null ? {} : typeof value === "number" ? { number: value } : { text: value },
        rows: [...rows],
        weights: weights.map((sum) => sum.toBytes()),
        squares: squares.map((sum) => sum.toBytes()),
      })),
    };
  }

  /** @throws E_MESSAGE_CORRUPT when the message is none that {@link toMessage} makes; E_MESSAGE_VERSION when it is of another version */
  static fromMessage(message: v1.FairnessAccumulator.$Properties): FairnessAccumulator {
    if (message.formatVersion !== FORMAT_VERSION)
      throw new CrossbillError(
        "E_MESSAGE_VERSION",
        `fairness accumulator of format version ${String(message.formatVersion)}; this Crossbill reads ${FORMAT_VERSION}`,
      );
    try {
      const made = new FairnessAccumulator({ threshold: message.threshold ?? 0 });
      for (const { value, rows, weights, squares } of message.groups ?? []) {
        const key = value?.text ?? value?.number ?? null;
        if (made.groups.has(key)) throw new RangeError("a group is there twice");
        const cells = made.cellsOf(key);
        for (let cell = 0; cell < 4; cell++) {
          cells.rows[cell] = rows![cell]!;
          cells.weights[cell]!.merge(ExactSum.fromBytes(weights![cell]!));
          cells.squares[cell]!.merge(ExactSum.fromBytes(squares![cell]!));
        }
      }
      return made;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CrossbillError("E_MESSAGE_CORRUPT", `fairness accumulator: ${why}; the message is damaged or was not written by Crossbill`, { cause });
    }
  }

  private cellsOf(value: SliceValue): GroupCells {
    let cells = this.groups.get(value);
    if (cells === undefined) {
      cells = new GroupCells();
      this.groups.set(value, cells);
    }
    return cells;
  }

  private sorted(): [SliceValue, GroupCells][] {
    return [...this.groups].sort(([a], [b]) => compareValues(a, b));
  }
}

interface GroupShare {
  readonly value: SliceValue;
  readonly share: Share;
}

/**
 * The largest difference of a rate between two groups. As the two are chosen by what they show, its interval is one of intervals that hold for all pairs of groups, and all `rates` that are looked at, together (Bonferroni).
 */
function largest(shares: readonly GroupShare[], level: number, rates: number): Omit<FairnessDifference, "name"> {
  if (shares.length < 2) return { value: Number.NaN, low: Number.NaN, high: Number.NaN, most: undefined, least: undefined };
  const most = shares.reduce((a, b) => (b.share.value > a.share.value ? b : a));
  const least = shares.reduce((a, b) => (b.share.value < a.share.value ? b : a));
  const other = most === least ? shares[1]! : least; // all alike
  const pairs = (shares.length * (shares.length - 1)) / 2;
  return { ...newcombe(most.share, other.share, 1 - (1 - level) / pairs / rates), most: most.value, least: other.value };
}
