import { RandomStream } from "@crossbill/numerics";
import { csvChunks } from "./csv-chunks.js";
import { turn } from "./turn.js";

/** Two classes of points of a plane: by quadrant, disc and ring, two arms of a spiral, two clouds. */
export const PLANE_SHAPES = ["xor", "circles", "spiral", "gaussians"] as const;
export type PlaneShape = (typeof PLANE_SHAPES)[number];

export interface PlaneOptions {
  /** Default 1,000. */
  readonly rows?: number;
  /** Integer in [0, 2^53); default 1. */
  readonly seed?: number;
  /** Standard deviation of what is added to each coordinate, from 0 up; default 0. The label is that of the point before. */
  readonly noise?: number;
}

/** Coordinates in ten-thousandths, without noise within [-6, 6] (of the clouds mostly). */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
  readonly label: 0 | 1;
}

type Draw = (random: RandomStream) => readonly [x: number, y: number, label: 0 | 1];

const RADIUS = 5;
/** Nothing lies this near to an axis. */
const XOR_GAP = 0.3;
/** Of the arms of the spiral, from the centre out. */
const TURNS = 1.75;

const DRAW: Readonly<Record<PlaneShape, Draw>> = {
  xor: (random) => {
    const [x, y] = [aside(random.uniform()), aside(random.uniform())];
    return [x, y, x > 0 === y > 0 ? 1 : 0];
  },
  circles: (random) => {
    const label = random.uniform() < 0.5 ? 1 : 0;
    const radius = RADIUS * (label === 1 ? 0.5 * random.uniform() : 0.7 + 0.3 * random.uniform());
    const [cosine, sine] = turn(random.uniform());
    return [radius * cosine, radius * sine, label];
  },
  spiral: (random) => {
    const label = random.uniform() < 0.5 ? 1 : 0;
    const along = 0.05 + 0.95 * random.uniform();
    const [cosine, sine] = turn(TURNS * along + label / 2);
    return [RADIUS * along * cosine, RADIUS * along * sine, label];
  },
  gaussians: (random) => {
    const label = random.uniform() < 0.5 ? 1 : 0;
    const centre = label === 1 ? 2 : -2;
    return [centre + random.normal(), centre + random.normal(), label];
  },
};

/**
 * Points of the lecture's playground. xor: uniform in a square of half side 5, none within 0.3 of an axis, 1 where x y > 0; circles: 1 within radius 2.5, 0 in the ring from 3.5 to 5;
 * spiral: two arms of 1.75 turns, the second half a turn behind; gaussians: about (2, 2) and (-2, -2) with deviation 1. Row r depends on (shape, seed, r, noise) alone. @throws RangeError for impossible options
 */
export function* planePoints(shape: PlaneShape, { rows = 1000, seed = 1, noise = 0 }: PlaneOptions = {}): Generator<PlanePoint> {
  if (!PLANE_SHAPES.includes(shape)) throw new RangeError(`shape ${shape}: one of ${PLANE_SHAPES.join(", ")} is needed`);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`rows ${rows}: an integer from 0 up is needed`);
  if (!Number.isFinite(noise) || noise < 0) throw new RangeError(`noise ${noise}: a number from 0 up is needed`);
  const random = new RandomStream(seed);
  for (let row = 0; row < rows; row++) {
    const [x, y, label] = DRAW[shape](random.restart(row));
    yield { x: written(x + noise * random.normal()), y: written(y + noise * random.normal()), label };
  }
}

/** The points as CSV chunks, with a header `x,y,label`. @throws RangeError for impossible options */
export function planeLog(shape: PlaneShape, options: PlaneOptions = {}): Iterable<Uint8Array> {
  return csvChunks(lines(shape, options));
}

function* lines(shape: PlaneShape, options: PlaneOptions): Generator<string> {
  yield "x,y,label";
  for (const { x, y, label } of planePoints(shape, options)) yield `${x},${y},${label}`;
}

/** u in [0, 1) as a number of [-5, 5) that is not near 0. */
function aside(u: number): number {
  const x = 2 * (RADIUS - XOR_GAP) * (u - 0.5);
  return x < 0 ? x - XOR_GAP : x + XOR_GAP;
}

/** In ten-thousandths; never -0. */
function written(x: number): number {
  return Math.round(x * 10_000) / 10_000 + 0;
}
