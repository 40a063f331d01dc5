import test from "ava";
import fc from "fast-check";
import { ClassSampler, type Sampler } from "../dist/loop/class-sampler.js";

const kind = fc.constantFrom<Sampler>("logUniform", "uniform", "unigram");
const countsOf = fc.array(fc.nat(100), { minLength: 2, maxLength: 30 });

test("a draw holds at most so many classes and those of the rows, ascending, and depends on seed and step alone", (t) => {
  fc.assert(
    fc.property(
      kind,
      countsOf,
      fc.integer({ min: 1, max: 40 }),
      fc.nat(1000),
      fc.array(fc.nat(60), { maxLength: 20 }),
      (sampler, counts, samples, step, some) => {
        const labels = Float64Array.from(some, (y) => y % counts.length);
        const make = (): ClassSampler => new ClassSampler({ sampler, samples, counts, seed: 3 });
        const { classes, sampled, corrections } = make().draw(step, labels);
        const again = make();
        again.draw(step + 1, labels);
        t.deepEqual(again.draw(step, labels), { classes, sampled, corrections });
        const held = sampled.reduce((sum, one) => sum + one, 0);
        t.true(held >= 1 && held <= samples && (samples < counts.length || held === counts.length));
        t.true(classes.every((k, i) => k < counts.length && (i === 0 || classes[i - 1]! < k)));
        t.true(classes.every((k, i) => sampled[i] === 1 || labels.includes(k)) && labels.every((y) => classes.includes(y)));
        // How often a draw is expected to hold a class is at most once.
        t.true(corrections.every((one) => one <= 0 && Number.isFinite(one)));
      },
    ),
  );
});

test("classes come as often as the corrections say", (t) => {
  const counts = [500, 3, 90, 0, 40, 7];
  for (const sampler of ["logUniform", "uniform", "unigram"] as const) {
    const drawing = new ClassSampler({ sampler, samples: 2, counts, seed: 11 });
    const all = Float64Array.from(counts.keys());
    const [came, expected] = [new Float64Array(6), new Float64Array(6)];
    const DRAWS = 4000;
    for (let step = 0; step < DRAWS; step++) {
      const { sampled, corrections } = drawing.draw(step, all);
      for (let k = 0; k < 6; k++) {
        came[k] = came[k]! + sampled[k]!;
        expected[k] = expected[k]! + Math.exp(corrections[k]!);
      }
    }
    // Five standard deviations of a share.
    for (let k = 0; k < 6; k++) t.true(Math.abs(came[k]! - expected[k]!) < 5 * Math.sqrt(DRAWS * 0.25), `${sampler} ${k}: ${came[k]} and ${expected[k]}`);
    if (sampler !== "uniform") t.true(came[0]! > came[2]! && came[2]! > came[3]!);
  }
});

test("with all classes drawn nothing is corrected", (t) => {
  const { sampled, corrections } = new ClassSampler({ sampler: "unigram", samples: 5, counts: [1, 2, 3], seed: 1 }).draw(4, new Float64Array(0));
  t.deepEqual([...sampled], [1, 1, 1]);
  t.deepEqual([...corrections], [0, 0, 0]);
});
