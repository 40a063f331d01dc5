import { normalCdf, normalQuantile } from "@crossbill/numerics";
import test from "ava";

function close(actual: number, expected: number, relative: number): boolean {
  return Math.abs(actual - expected) <= relative * Math.abs(expected);
}

// Values of mpmath's ncdf with 50 digits, rounded once.
const CDF: readonly (readonly [number, number])[] = [
  [-38, 2.88542835e-316],
  [-37.5, 4.605353009581955e-308],
  [-30, 4.906713927148187e-198],
  [-20, 2.7536241186062337e-89],
  [-12, 1.776482112077679e-33],
  [-9, 1.1285884059538405e-19],
  [-8.4, 2.2323931972880437e-17],
  [-6, 9.86587645037698e-10],
  [-5, 2.866515718791939e-7],
  [-4, 0.000031671241833119924],
  [-3, 0.0013498980316300946],
  [-2.5, 0.006209665325776135],
  [-2, 0.02275013194817921],
  [-1.5, 0.06680720126885807],
  [-1.2, 0.11506967022170828],
  [-1, 0.15865525393145705],
  [-0.75, 0.2266273523768682],
  [-0.5, 0.3085375387259869],
  [-0.25, 0.4012936743170763],
  [-0.1, 0.460172162722971],
  [-1e-10, 0.49999999996010575],
  [0.1, 0.539827837277029],
  [0.5, 0.6914624612740131],
  [1, 0.8413447460685429],
  [1.7, 0.955434537241457],
  [2, 0.9772498680518208],
  [3, 0.9986501019683699],
  [5, 0.9999997133484281],
  [8, 0.9999999999999993],
];

test("the distribution function agrees with 50-digit values", (t) => {
  for (const [x, p] of CDF) t.true(close(normalCdf(x), p, 1e-15 * (1 + x * x)), `${x}: ${normalCdf(x)} and ${p}`);
  t.is(normalCdf(0), 0.5);
  t.is(normalCdf(Infinity), 1);
  t.is(normalCdf(-Infinity), 0);
  t.is(normalCdf(NaN), NaN);
});

test("the quantile inverts the distribution function", (t) => {
  for (const [x, p] of CDF) if (x <= 1 && p > 1e-300) t.true(Math.abs(normalQuantile(p) - x) < 2e-15 * (1 + Math.abs(x)), `${x}: ${normalQuantile(p)}`);
  for (let i = 1; i < 2000; i++) t.true(close(normalCdf(normalQuantile(i / 2000)), i / 2000, 1e-14));
  t.true(close(normalQuantile(0.975), 1.959963984540054, 1e-15));
  t.is(normalQuantile(0.5), 0);
  t.is(normalQuantile(0), -Infinity);
  t.is(normalQuantile(1), Infinity);
  t.is(normalQuantile(-0.1), NaN);
  t.is(normalQuantile(NaN), NaN);
});
