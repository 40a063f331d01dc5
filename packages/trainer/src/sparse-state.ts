import { CrossbillError, type v1 } from "@crossbill/messages";

/** With more than this share of features changed the ids are left out and all features are kept. */
const DENSE_SHARE = 0.6;

const bytesOf = (array: Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
/** Aligned copy: bytes of a message lie anywhere. */
const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(bytes).buffer);

/** The features of `state` (2 words each) whose words are not `initial`, with `touched` beside them where given. All arrays are copied. */
export function packState(state: Uint32Array, initial: readonly [number, number], touched: Uint32Array | null): v1.SparseState.$Properties {
  const parameters = state.length / 2;
  let changed = 0;
  for (let f = 0; f < parameters; f++) if (state[2 * f] !== initial[0] || state[2 * f + 1] !== initial[1]) changed++;
  if (changed > DENSE_SHARE * parameters) {
    return { features: new Uint8Array(0), values: bytesOf(state.slice()), touched: touched === null ? new Uint8Array(0) : bytesOf(touched.slice()) };
  }
  const features = new Uint32Array(changed);
  const values = new Uint32Array(2 * changed);
  const steps = new Uint32Array(touched === null ? 0 : changed);
  for (let f = 0, i = 0; f < parameters; f++) {
    if (state[2 * f] === initial[0] && state[2 * f + 1] === initial[1]) continue;
    features[i] = f;
    values[2 * i] = state[2 * f]!;
    values[2 * i + 1] = state[2 * f + 1]!;
    if (touched !== null) steps[i] = touched[f]!;
    i++;
  }
  return { features: bytesOf(features), values: bytesOf(values), touched: bytesOf(steps) };
}

/** The inverse, over arrays that hold the initial state. @throws E_CORRUPT naming `what` */
export function unpackState(packed: v1.SparseState.$Properties, state: Uint32Array, touched: Uint32Array | null, what: string): void {
  const values = packed.values ?? new Uint8Array(0);
  const steps = packed.touched ?? new Uint8Array(0);
  const ids = packed.features ?? new Uint8Array(0);
  const all = ids.length === 0 && values.length > 0;
  const n = all ? state.length / 2 : ids.length / 4;
  if (values.length !== 8 * n || (touched !== null && steps.length !== 4 * n)) throw corrupt(what, `${values.length} bytes of ${n} features`);
  if (all) {
    bytesOf(state).set(values);
    if (touched !== null) bytesOf(touched).set(steps);
    return;
  }
  const features = wordsOf(ids);
  const numbers = wordsOf(values);
  const last = wordsOf(steps);
  for (let i = 0; i < n; i++) {
    const f = features[i]!;
    if (f >= state.length / 2) throw corrupt(what, `feature ${f} of ${state.length / 2}`);
    state[2 * f] = numbers[2 * i]!;
    state[2 * f + 1] = numbers[2 * i + 1]!;
    if (touched !== null) touched[f] = last[i]!;
  }
}

function corrupt(what: string, why: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${what}: its state does not fit this model (${why})`);
}
