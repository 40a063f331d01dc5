import { exp, log, RandomStream } from "@crossbill/numerics";
import type { Json } from "../config/tune-schema.js";
import { type Dimension, isList, type RangeDimension } from "./space.js";

/** A value for each dimension, in their order. */
export type Point = readonly Json[];

/** Numbers that are drawn or spaced have so many digits: they are read by people, and pasted. */
const DIGITS = 6;
/** So many draws for each point that is asked for, where draws come again. */
const DRAWS = 100;

/** All combinations; the last dimension varies fastest. Ranges are cut into `steps` values, their ends among them. */
export function gridOf(space: readonly Dimension[]): Point[] {
  let points: Json[][] = [[]];
  for (const dimension of space) {
    const values = isList(dimension) ? dimension.values : spaced(dimension);
    points = points.flatMap((point) => values.map((value) => [...point, value]));
  }
  return points;
}

/** How many points {@link gridOf} has. */
export function gridSize(space: readonly Dimension[]): number {
  return space.reduce((size, dimension) => size * (isList(dimension) ? dimension.values.length : spaced(dimension).length), 1);
}

/** x_i = min + i / (steps - 1) (max - min), on a log scale so of their logarithms; whole numbers rounded, each once. */
function spaced(range: RangeDimension): number[] {
  const { min, max, steps } = range;
  return [
    ...new Set(Array.from({ length: steps }, (_, i) => (i === 0 ? whole(range, min) : i === steps - 1 ? whole(range, max) : between(range, i / (steps - 1))))),
  ];
}

/**
 * `count` different points, drawn one after another; fewer where the space has no more. Draw i takes its numbers from stream i of the seed, a dimension after the other, so the first
 * points do not depend on how many are asked for.
 */
export function drawPoints(space: readonly Dimension[], seed: number, count: number): Point[] {
  const points = new Map<string, Point>();
  const random = new RandomStream(seed);
  for (let draw = 0; points.size < count && draw < DRAWS * count; draw++) {
    random.restart(draw);
    const point = space.map((dimension) => (isList(dimension) ? dimension.values[random.below(dimension.values.length)]! : drawn(dimension, random.uniform())));
    const key = JSON.stringify(point);
    if (!points.has(key)) points.set(key, point);
  }
  return [...points.values()];
}

/** Of whole numbers each has its share: [min, max + 1) is cut. */
function drawn(range: RangeDimension, u: number): number {
  if (!range.integer) return between(range, u);
  const [min, max] = [Math.ceil(range.min), Math.floor(range.max)];
  const x = range.scale === "log" ? exp(log(min) + u * (log(max + 1) - log(min))) : min + u * (max + 1 - min);
  return Math.min(max, Math.max(min, Math.floor(x)));
}

/** The share u of the way from min to max. */
function between(range: RangeDimension, u: number): number {
  const { min, max, scale } = range;
  return whole(range, scale === "log" ? exp(log(min) + u * (log(max) - log(min))) : min + u * (max - min));
}

function whole({ min, max, integer }: RangeDimension, x: number): number {
  if (integer) return Math.min(Math.floor(max), Math.max(Math.ceil(min), Math.round(x)));
  return Math.min(max, Math.max(min, Number(x.toPrecision(DIGITS))));
}
