import { numericRecipe, numericTransform } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import type { PlacedColumn, Placement } from "@crossbill/models";

/** What a network's layers and vectors take without harm: sizes of mean and deviation, of single values, and the least deviation. */
const LARGE = 100;
const HUGE = 10_000;
const SMALL = 0.01;

/** Of a numeric column as the model takes it, by what was fitted. */
interface Figures {
  /** NaN where a logarithm comes between what was fitted and the model. */
  readonly mean: number;
  readonly deviation: number;
  /** Size of the largest value. */
  readonly largest: number;
}

/** Numeric columns that a network takes on a scale far from 1, one diagnostic for each. `value`: the deviation, or where it is not known the largest size. No row is read. */
export function wildScales({ network }: v1.ModelSpec, placement: Placement): v1.Diagnostic[] {
  if ((network as v1.NetworkSpec | null) === null) return [];
  const names = new Set(
    [network.tower, network.user, network.item, network.factorized].flatMap((part: { readonly inputs: v1.TowerInput[] } | null) =>
      (part?.inputs ?? []).flatMap(({ numeric }) => (numeric ? [numeric] : [])),
    ),
  );
  return placement.columns
    .filter(({ name, state }) => names.has(name) && (state?.numeric?.count ?? 0) > 0)
    .flatMap((column) => {
      const figures = figuresOf(column);
      const wild = judged(figures);
      return wild === null ? [] : [diagnostic(column.name, figures, wild)];
    });
}

function figuresOf({ spec, state }: PlacedColumn): Figures {
  const fitted = v1.NumericState.create(state!.numeric!);
  const { steps } = numericRecipe(spec, state);
  const apply = numericTransform(spec, state);
  let [mean, deviation] = [fitted.mean, fitted.standardDeviation];
  for (const step of steps) {
    if (step.kind === "shift") [mean, deviation] = [(mean - step.subtract) / step.divide, deviation / step.divide];
    else if (step.kind !== "clip") [mean, deviation] = [Number.NaN, Number.NaN];
  }
  return { mean, deviation, largest: Math.max(Math.abs(apply(fitted.minimum)), Math.abs(apply(fitted.maximum))) };
}

/** null: nothing is to be told. A column that is always the same is no matter of scale. */
function judged({ mean, deviation, largest }: Figures): "large" | "outliers" | "small" | null {
  if (Math.abs(mean) > LARGE || deviation > LARGE) return "large";
  if (largest > HUGE) return "outliers";
  return deviation > 0 && deviation < SMALL ? "small" : null;
}

const REMEDIES = {
  large: 'scale: "standardize" brings them to mean 0 and deviation 1 (scale: "log1p" where they reach over several sizes)',
  outliers: 'single values are far from the others: clip, or scale: "log1p", brings them near',
  small: 'the layers hardly see them: scale: "standardize" brings them to deviation 1, behind a clip where single values stretch the scale',
};

function diagnostic(name: string, { mean, deviation, largest }: Figures, wild: keyof typeof REMEDIES): v1.Diagnostic {
  const moments = Number.isNaN(mean) ? "" : `mean ${mean.toPrecision(4)}, deviation ${deviation.toPrecision(4)} and `;
  return v1.Diagnostic.create({
    code: "D_WILD_SCALE",
    message: `the network takes column ${name} on a wild scale: ${moments}values up to ${largest.toPrecision(4)} in size; ${REMEDIES[wild]}`,
    columns: [name],
    value: Number.isNaN(deviation) ? largest : deviation,
  });
}
