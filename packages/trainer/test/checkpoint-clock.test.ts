import test from "ava";
import { CheckpointClock, type CheckpointTimes } from "../dist/loop/checkpoint-clock.js";

const NEVER: CheckpointTimes = { everySteps: 0, everySeconds: 0 };

/** The steps of a run of 1,000 at which a checkpoint is written that takes `cost` milliseconds, where a step takes `pace`, with an evaluation every 100. */
async function written(times: CheckpointTimes, { pace, cost, bytes = 1000 }: { pace: number; cost: number; bytes?: number }): Promise<number[]> {
  let now = 0;
  const clock = new CheckpointClock(1000, times, 0, bytes, () => now);
  const steps: number[] = [];
  for (let step = 1; step <= 1000; step++) {
    now += pace;
    if (!clock.due(step, step % 100 === 0)) continue;
    steps.push(step);
    await clock.time(step, async () => {
      now += cost;
    });
  }
  return steps;
}

test("what is asked for is done whatever it costs, and nothing else", async (t) => {
  const every = (n: number): number[] => Array.from({ length: 1000 / n }, (_, i) => n * (i + 1));
  t.deepEqual(await written({ everySteps: 25, everySeconds: 0 }, { pace: 1, cost: 5000 }), every(25));
  t.deepEqual(await written({ everySteps: 0, everySeconds: 2 }, { pace: 100, cost: 10 }), every(20));
  t.deepEqual(await written({ everySteps: 0, everySeconds: 5000 }, { pace: 1, cost: 1 }), []);
  t.deepEqual(await written({ everySteps: 500, everySeconds: 30 }, { pace: 100, cost: 0 }), [300, 500, 800, 1000]);
});

test("where nothing is asked for: 8% of the steps, and half a second or an evaluation where that costs less than 5%", async (t) => {
  t.deepEqual(
    await written(NEVER, { pace: 10, cost: 0 }),
    Array.from({ length: 20 }, (_, i) => 50 * (i + 1)),
  );
  const dear = await written(NEVER, { pace: 1, cost: 10_000 });
  t.is(dear[1]! - dear[0]!, 80);
  const large = await written(NEVER, { pace: 1, cost: 1000, bytes: 2 ** 30 });
  t.deepEqual(large, [], "a large state's checkpoint would take longer than the run");
});

test("the end of a run is written where checkpoints are asked for", (t) => {
  const clock = (times: CheckpointTimes): CheckpointClock => new CheckpointClock(10, times, 0, 2 ** 30, () => 0);
  t.true(clock({ everySteps: 5, everySeconds: 0 }).pays());
  t.false(clock(NEVER).pays());
});
