import test from "ava";
import { CheckpointClock } from "../dist/checkpoint-clock.js";

const LARGE = 2 ** 30;

test("a small state is written after 8% of the steps and at the end, however short the run is", (t) => {
  const clock = new CheckpointClock(100, 0, 0, 2 ** 20);
  t.false(clock.due(7, false));
  t.true(clock.due(8, false));
  t.true(clock.due(1, true), "an evaluation asks for one");
  t.true(clock.pays());
});

test("a large state is not written by a run that is over before its checkpoint pays", (t) => {
  const clock = new CheckpointClock(100, 1, 0, LARGE);
  for (const [step, evaluated] of [
    [1, false],
    [8, true],
    [100, true],
  ] as const)
    t.false(clock.due(step, evaluated));
  t.false(clock.pays());
});
