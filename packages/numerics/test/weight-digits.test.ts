import test from "ava";
import fc from "fast-check";
import { eachDigit, weightOf } from "../dist/scores/weight-digits.js";

test("the digits of a weight add up to it", (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).filter((w) => w > 0),
      (w) => {
        const places: number[] = [];
        const digits: number[] = [];
        eachDigit(w, (place, digit) => {
          places.push(place);
          digits.push(digit);
        });
        t.true(digits.every((d) => Number.isInteger(d) && d > 0 && d < 2 ** 27));
        t.is(weightOf(Int8Array.from(places), Float64Array.from(digits), 0, places.length), w);
      },
    ),
    { numRuns: 500 },
  );
});
