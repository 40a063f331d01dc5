/** What is used of TensorFlow.js 4.22, in its own words: its types need not be installed. */
export interface Tensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
}

export interface TensorFlow {
  readonly version: Readonly<Record<string, string>>;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  /** Frees what `f` makes, but what it returns. */
  tidy<T>(f: () => T): T;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  transpose(a: Tensor): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor | number): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  div(a: Tensor, b: Tensor | number): Tensor;
  minimum(a: Tensor, b: Tensor | number): Tensor;
  neg(a: Tensor): Tensor;
  sqrt(a: Tensor): Tensor;
  square(a: Tensor): Tensor;
  sum(a: Tensor, axis?: number): Tensor;
  relu(a: Tensor): Tensor;
  sigmoid(a: Tensor): Tensor;
  tanh(a: Tensor): Tensor;
  softplus(a: Tensor): Tensor;
  expm1(a: Tensor): Tensor;
  /** `f` with derivatives of its own, of what it saved. */
  customGrad(
    f: (a: Tensor, b: Tensor, save: (tensors: Tensor[]) => void) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[] },
  ): (a: Tensor, b: Tensor) => Tensor;
  /** The scalar that `f` gives, and its derivatives by each of the tensors. */
  valueAndGrads(f: (...x: Tensor[]) => Tensor): (x: Tensor[]) => { value: Tensor; grads: Tensor[] };
}
