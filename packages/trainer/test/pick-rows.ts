import { v1 } from "@crossbill/messages";
import type { ArrayPack } from "../dist/rows/array-source.js";
import { chunksOf, type Problem } from "./support.js";

/** Rows of a pack in this order, as often as they stand in it; in shared buffers. */
export function pickRows(pack: ArrayPack, rows: ArrayLike<number>): ArrayPack {
  const order = Array.from(rows);
  const f64 = (of: Float64Array): Float64Array => shared(Float64Array, order, (r) => of[r]!);
  const K = pack.labels === undefined ? 0 : pack.labels.length / pack.label.length;
  const own = pack.pairs?.["m"];
  const entries = own === undefined ? [] : order.flatMap((r) => Array.from({ length: own.offsets[r + 1]! - own.offsets[r]! }, (_, i) => own.offsets[r]! + i));
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (order.length + 1)));
  if (own !== undefined) for (const [i, r] of order.entries()) offsets[i + 1] = offsets[i]! + own.offsets[r + 1]! - own.offsets[r]!;
  return {
    label: f64(pack.label),
    weight: f64(pack.weight),
    ids: Object.fromEntries(Object.entries(pack.ids).map(([name, of]) => [name, shared(Uint32Array, order, (r) => of[r]!)])),
    numbers: Object.fromEntries(Object.entries(pack.numbers).map(([name, of]) => [name, f64(of)])),
    ...(K === 0
      ? {}
      : {
          labels: shared(
            Float64Array,
            order.flatMap((r) => Array.from({ length: K }, (_, k) => r * K + k)),
            (i) => pack.labels![i]!,
          ),
        }),
    ...(own === undefined
      ? {}
      : {
          pairs: {
            m: {
              offsets,
              ids: shared(Uint32Array, entries, (i) => own.ids[i]!),
              values: own.values === null ? null : shared(Float64Array, entries, (i) => own.values![i]!),
            },
          },
        }),
  };
}

type Numbers = Float64Array | Uint32Array;

function shared<T extends Numbers>(
  Kind: { new (bytes: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  places: readonly number[],
  of: (i: number) => number,
): T {
  const out = new Kind(new SharedArrayBuffer(Kind.BYTES_PER_ELEMENT * places.length));
  for (const [i, place] of places.entries()) out[i] = of(place);
  return out;
}

/** A problem whose packs are these: their rows may have changed. */
export function withPacks(p: Problem, packs: readonly ArrayPack[]): Problem {
  const [partition] = p.manifest.partitions;
  const planned = partition!.packs!.map((pack, i) => v1.Pack.create({ ...pack, rows: packs[i]!.label.length, chunkPairs: chunksOf(packs[i]!) }));
  return { ...p, packs: [...packs], manifest: v1.IngestManifest.create({ ...p.manifest, partitions: [{ packs: planned }] }) };
}

/** The problem with other rows in its training packs; `of` names them, by places in the pack. */
export function withTrainingRows(p: Problem, of: (pack: ArrayPack, i: number) => ArrayLike<number>): Problem {
  const isTraining = (i: number): boolean => p.manifest.partitions[0]!.packs![i]!.part !== v1.Part.VALIDATION;
  return withPacks(
    p,
    p.packs.map((pack, i) => (isTraining(i) ? pickRows(pack, of(pack, i)) : pack)),
  );
}
