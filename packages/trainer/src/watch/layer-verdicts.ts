import { v1 } from "@crossbill/messages";

/** Share of a layer's units that are dead, and of its activations that are saturated, from which it is told. */
const [MANY_DEAD, MANY_SATURATED] = [0.25, 0.5];
/** How far the first layer's gradient may be below the last one's, or above it, number by number. */
const FADED = 1e-3;
/** A step that moves a layer by more than this share of what it is; how far a gradient may rise above what it was at first. */
const [WILD_STEP, RISEN] = [0.5, 100];

const short = (x: number): string => String(Number(x.toPrecision(3)));
const percent = (share: number): string => `${(100 * share).toPrecision(3)}%`;
type Layer = v1.LayerWatch;

/** The ways in which layers fail to train, by what an evaluation saw of each: dead units, flat ends, gradients that vanish or explode. `kept`: layers at the kept step; `curve`: at every evaluation. Each with its remedies. */
export function layerVerdicts(kept: readonly Layer[], curve: readonly (readonly Layer[])[]): v1.Diagnostic[] {
  return [...kept.flatMap(deadUnits), ...kept.flatMap(saturatedUnits), ...vanishing(kept), ...exploding(curve)];
}

function deadUnits({ name, units, dead }: Layer): v1.Diagnostic[] {
  if (dead < MANY_DEAD * units) return [];
  return [
    v1.Diagnostic.create({
      code: "D_DEAD_UNITS",
      message: `${dead} of ${units} units of ${name} (${percent(dead / units)}) are 0 for every training row looked at: no gradient comes through them, so they do not learn; train with a smaller rate, take leakyRelu, prelu or elu, or set batchNorm`,
      value: dead / units,
    }),
  ];
}

function saturatedUnits({ name, saturated }: Layer): v1.Diagnostic[] {
  if (!(saturated > MANY_SATURATED)) return [];
  return [
    v1.Diagnostic.create({
      code: "D_SATURATED_UNITS",
      message: `${percent(saturated)} of the activations of ${name} are at a flat end of their function, where gradients are next to 0; scale what comes in, set batchNorm, or take relu or elu`,
      value: saturated,
    }),
  ];
}

/** Gradients fall from layer to layer. */
function vanishing(layers: readonly Layer[]): v1.Diagnostic[] {
  const [first, last] = [layers[0], layers.at(-1)];
  if (first === undefined || last === undefined || layers.length < 3 || !(first.gradient < FADED * last.gradient)) return [];
  return [
    v1.Diagnostic.create({
      code: "D_VANISHING_GRADIENT",
      message: `gradients vanish on their way back: of a number of ${first.name} ${short(first.gradient)}, of ${last.name} ${short(last.gradient)}; take relu (or elu) in place of sigmoid and tanh, set batchNorm, or leave layers out`,
      value: first.gradient / last.gradient,
    }),
  ];
}

/** Gradients rise above what they were, or steps move a layer by much of what it is. */
function exploding(curve: readonly (readonly Layer[])[]): v1.Diagnostic[] {
  const last = curve.at(-1) ?? [];
  for (const [i, { name, gradient, updateRatio }] of last.entries()) {
    const least = curve.reduce((least, layers) => Math.min(least, layers[i]?.gradient ?? Infinity), Infinity);
    const risen = gradient > RISEN * least && gradient > 1;
    if (!risen && !(updateRatio > WILD_STEP)) continue;
    const what = risen
      ? `the gradient of a number of ${name} is ${short(gradient)}, it was ${short(least)}`
      : `a step moves ${name} by ${percent(updateRatio)} of the length of its parameters`;
    return [
      v1.Diagnostic.create({
        code: "D_EXPLODING_GRADIENT",
        message: `gradients explode: ${what}; train with a smaller rate, set clip (globalNorm 1 is a beginning), batchNorm, or l2 of the layers, and scale the numeric columns`,
        value: risen ? gradient / least : updateRatio,
      }),
    ];
  }
  return [];
}
