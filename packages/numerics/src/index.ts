export { exp, expm1, log, log1p, logit, sigmoid, softplus } from "@crossbill/kernels";
export { chiSquareUpper } from "./chi-square.js";
export { ExactSum } from "./exact-sum.js";
export { normalCdf, normalQuantile } from "./normal.js";
export { philox } from "./philox.js";
export { QuantileSketch } from "./quantile-sketch.js";
export { RandomStream } from "./random-stream.js";
export { pairwiseTreeFold, TreeFold } from "./tree-fold.js";
