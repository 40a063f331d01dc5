import type { KernelExports } from "@crossbill/kernels";
import type { Layout } from "../blocks/layout.js";
import type { Optimizer } from "./optimizer.js";
import type { FtrlOptions, Penalties } from "./optimizer-options.js";

/** FTRL-Proximal of one output: lambda1 = l1 + penalties.l1 seen, lambda2 = l2 + 2 penalties.l2 seen. State {z, n}. */
export function ftrl({ alpha, beta, l1, l2 }: FtrlOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer {
  const lambda1 = (seen: number): number => l1 + penalties.l1 * seen;
  const lambda2 = (seen: number): number => l2 + 2 * penalties.l2 * seen;
  const { state, residual } = layout;
  return {
    gather: (out, from, to, ids, { seen }) => kernels.ftrl_gather(out, from, to, ids, state, alpha, beta, lambda1(seen), lambda2(seen)),
    gatherFree: (out, from, to, ids) => kernels.ftrl_gather(out, from, to, ids, state, alpha, beta, 0, 0),
    step: (block, from, to, w) => kernels.ftrl_step(from, to, block.uniq, block.offsets, block.rowsOf, block.valuesOf, block.wide, residual, w, state, alpha),
    apply: (from, to, ids, gradients, w) => kernels.ftrl_apply(from, to, ids, gradients, w, state, alpha),
    tick: () => 0,
    nonZero: (from, to, { seen }) => kernels.ftrl_non_zero(from, to, state, alpha, beta, lambda1(seen), lambda2(seen)),
    flush: (out, from, to) => kernels.copy_bytes(out + 8 * from, state + 8 * from, 8 * (to - from)),
    weights: (out, from, to, at, seen) => kernels.ftrl_weights(out, from, to, at, alpha, beta, lambda1(seen), lambda2(seen)),
    weightsFree: (out, from, to, at) => kernels.ftrl_weights(out, from, to, at, alpha, beta, 0, 0),
  };
}
