import { CrossbillError, v1 } from "@crossbill/messages";
import { optimizerOf } from "../options.js";
import { initializeState, initialWords, stateWords } from "./optimizer-options.js";

/** With more than this share of features changed the ids are left out and all features are kept. */
const DENSE_SHARE = 0.6;

const bytesOf = (array: Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
/** Aligned copy: bytes of a message lie anywhere. */
const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(bytes).buffer);

/** The features of `state` (as many words each as `initial` has) whose words are not `initial`, with `touched` beside them where given. All arrays are copied. */
export function packState(state: Uint32Array, initial: Uint32Array, touched: Uint32Array | null): v1.SparseState.$Properties {
  const words = initial.length;
  const parameters = state.length / words;
  const isInitial = (f: number): boolean => {
    for (let i = 0; i < words; i++) if (state[words * f + i] !== initial[i]) return false;
    return true;
  };
  let changed = 0;
  for (let f = 0; f < parameters; f++) if (!isInitial(f)) changed++;
  if (changed > DENSE_SHARE * parameters) {
    return { features: new Uint8Array(0), values: bytesOf(state.slice()), touched: touched === null ? new Uint8Array(0) : bytesOf(touched.slice()) };
  }
  const features = new Uint32Array(changed);
  const values = new Uint32Array(words * changed);
  const steps = new Uint32Array(touched === null ? 0 : changed);
  for (let f = 0, i = 0; f < parameters; f++) {
    if (isInitial(f)) continue;
    features[i] = f;
    for (let word = 0; word < words; word++) values[words * i + word] = state[words * f + word]!;
    if (touched !== null) steps[i] = touched[f]!;
    i++;
  }
  return { features: bytesOf(features), values: bytesOf(values), touched: bytesOf(steps) };
}

/** The inverse, over arrays that hold the initial state, `words` a feature. @throws E_CORRUPT naming `what` */
export function unpackState(packed: v1.SparseState.$Properties, state: Uint32Array, words: number, touched: Uint32Array | null, what: string): void {
  const values = packed.values ?? new Uint8Array(0);
  const steps = packed.touched ?? new Uint8Array(0);
  const ids = packed.features ?? new Uint8Array(0);
  const all = ids.length === 0 && values.length > 0;
  const n = all ? state.length / words : ids.length / 4;
  if (values.length !== 4 * words * n || (touched !== null && steps.length !== 4 * n)) throw corrupt(what, `${values.length} bytes of ${n} features`);
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
    if (f >= state.length / words) throw corrupt(what, `feature ${f} of ${state.length / words}`);
    for (let word = 0; word < words; word++) state[words * f + word] = numbers[words * i + word]!;
    if (touched !== null) touched[f] = last[i]!;
  }
}

/** An optimiser's state, as {@link TrainOutcome} has it, without the features that are as before a first update: most of a hashed model's are. */
export function packOptimizerState(state: Uint8Array, optimizer: v1.OptimizerSpec.$Properties): v1.SparseState {
  return v1.SparseState.create(packState(new Uint32Array(new Uint8Array(state).buffer), initialWords(optimizerOf(optimizer)), null));
}

/** The inverse. @param parameters weights and intercepts of all outputs @throws E_CORRUPT for a state of another size */
export function unpackOptimizerState(packed: v1.SparseState, optimizer: v1.OptimizerSpec.$Properties, parameters: number): Uint8Array {
  const options = optimizerOf(optimizer);
  const state = new Uint32Array(stateWords(options) * parameters);
  initializeState(state, options);
  unpackState(packed, state, stateWords(options), null, "the kept state of the optimiser");
  return bytesOf(state);
}

function corrupt(what: string, why: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${what}: its state does not fit this model (${why})`);
}
