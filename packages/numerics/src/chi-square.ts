import { exp } from "@crossbill/kernels";
import { normalCdf } from "./normal.js";

/**
 * P(X > x) of the chi-square distribution with k degrees of freedom, by its finite series (Abramowitz and Stegun 26.4.4, 26.4.5); above x = 1400 by the cube root of
 * Wilson and Hilferty. The same bits on every machine. @param k integer from 1
 */
export function chiSquareUpper(x: number, k: number): number {
  if (!(x > 0)) return 1;
  if (x > 1400) {
    const v = 2 / (9 * k);
    return normalCdf(-(cubeRoot(x / k) - (1 - v)) / Math.sqrt(v));
  }
  const odd = k % 2 === 1;
  let term = odd ? Math.sqrt((2 * x) / Math.PI) * exp(-x / 2) : exp(-x / 2);
  let sum = odd ? 2 * normalCdf(-Math.sqrt(x)) : 0;
  for (let i = odd ? 3 : 2; i <= k; i += 2) {
    sum += term;
    term *= x / i;
  }
  return Math.min(1, sum);
}

/** Newton's method; for x in [1e-3, 1e6]. */
function cubeRoot(x: number): number {
  let root = Math.max(1, x / 3);
  for (let i = 0; i < 60; i++) root = (2 * root + x / (root * root)) / 3;
  return root;
}
