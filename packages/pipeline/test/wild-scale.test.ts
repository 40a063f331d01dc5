import { v1 } from "@crossbill/messages";
import { type Placement, placeColumns } from "@crossbill/models";
import test from "ava";
import { wildScales } from "../dist/steps/wild-scale.js";

const { Scale } = v1.NumericSpec;
type NumericSpec = v1.NumericSpec.$Properties;

function modelOf(names: string[], network: v1.NetworkSpec.$Properties | null): v1.ModelSpec {
  return v1.ModelSpec.decode(v1.ModelSpec.encode({ columns: names, ...(network === null ? {} : { network }) }).finish());
}

/** Columns of these values, fitted by their moments. */
function placed(columns: Readonly<Record<string, { readonly values: number[]; readonly spec?: NumericSpec }>>): Placement {
  const state = v1.FeatureState.decode(
    v1.FeatureState.encode({
      columns: Object.entries(columns).map(([name, { spec = {} }]) => ({ name, numeric: { field: name, ...spec } })),
      states: Object.entries(columns).map(([name, { values, spec }]) => {
        const clipped = values.map((x) => Math.min(Math.max(x, spec?.clipLow ?? -Infinity), spec?.clipHigh ?? Infinity));
        const [mean, standardDeviation] = moments(clipped);
        const [scaledMean, scaledStandardDeviation] = moments(clipped.map((x) => Math.sign(x) * Math.log1p(Math.abs(x))));
        const [minimum, maximum] = [Math.min(...clipped), Math.max(...clipped)];
        return { name, numeric: { count: values.length, mean, standardDeviation, minimum, maximum, scaledMean, scaledStandardDeviation } };
      }),
    }).finish(),
  );
  return placeColumns(modelOf(Object.keys(columns), null), state);
}

function moments(x: readonly number[]): [number, number] {
  const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
  return [mean, Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length)];
}

const tower = (...names: string[]): v1.NetworkSpec.$Properties => ({
  kind: v1.NetworkSpec.Kind.DEEP,
  tower: { inputs: names.map((numeric) => ({ numeric })) },
});
const dollars = [1e5, 2e5, 4.5e5, 1.2e5];

test("a number as it stands in dollars is told with its figures and what to do; standardised, in logarithms or clipped it is not", (t) => {
  const placement = placed({
    raw: { values: dollars },
    standard: { values: dollars, spec: { scale: Scale.STANDARDIZE } },
    minmax: { values: dollars, spec: { scale: Scale.MINMAX } },
    log: { values: dollars, spec: { scale: Scale.LOG1P } },
    clipped: { values: dollars, spec: { clipHigh: 50 } },
  });
  const names = ["raw", "standard", "minmax", "log", "clipped"];
  const found = wildScales(modelOf(names, tower(...names)), placement);
  t.deepEqual(
    found.map(({ code, columns }) => [code, columns]),
    [["D_WILD_SCALE", ["raw"]]],
  );
  t.is(found[0]!.value, moments(dollars)[1]);
  t.is(
    found[0]!.message,
    'the network takes column raw on a wild scale: mean 2.175e+5, deviation 1.394e+5 and values up to 4.500e+5 in size; scale: "standardize" brings them to mean 0 and deviation 1 (scale: "log1p" where they reach over several sizes)',
  );
});

test("so are tiny deviations, and single values far out; a column that is always the same is not", (t) => {
  const many = Array.from({ length: 40_000 }, (_, i) => (i % 7) / 7);
  many[5] = -15_000;
  const placement = placed({
    tiny: { values: [0.001, 0.002, 0.004] },
    stretched: { values: [...new Array<number>(40_000).fill(1), 2, 1e6], spec: { scale: Scale.MINMAX } },
    far: { values: many },
    same: { values: [3, 3, 3] },
    usual: { values: [-80, 99, 40] },
  });
  const names = ["tiny", "stretched", "far", "same", "usual"];
  const found = wildScales(modelOf(names, tower(...names)), placement);
  t.deepEqual(
    found.map(({ columns, message }) => [columns[0], /(hardly|far from)/.exec(message)?.[0]]),
    [
      ["tiny", "hardly"],
      ["stretched", "hardly"],
      ["far", "far from"],
    ],
  );
});

test("only what a network reads as a number is looked at: towers and factors, not the linear part", (t) => {
  const placement = placed({ a: { values: dollars }, b: { values: dollars }, c: { values: dollars } });
  const of = (network: v1.NetworkSpec.$Properties | null): string[] =>
    wildScales(modelOf(["a", "b", "c"], network), placement).flatMap(({ columns }) => columns);
  t.deepEqual(of(null), []);
  t.deepEqual(of({ ...tower("b"), linear: ["a", "c"] }), ["b"]);
  t.deepEqual(of({ user: { inputs: [{ numeric: "c" }] }, item: { inputs: [{ numeric: "a" }] } }), ["a", "c"]);
  t.deepEqual(of({ factorized: { inputs: [{ numeric: "b" }] } }), ["b"]);
});
