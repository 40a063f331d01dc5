import test from "ava";
import { type Kept, withKept, withRuntime } from "../dist/runtime.js";

interface Mark extends Kept {
  readonly at: number;
}

test.serial("a thread's tasks work in one memory; what is kept stays below what they take, until another key is asked for", async (t) => {
  let made = 0;
  const keep = (key: string, bytes: number) =>
    withKept(
      key,
      ({ arena }): Mark => {
        made++;
        const at = arena.take(bytes);
        arena.u8(at, bytes).fill(made);
        return { key, at };
      },
      ({ at }, runtime) => ({ runtime, at, byte: runtime.arena.u8(at, 1)[0], next: runtime.arena.take(1 << 20) }),
    );
  // Whatever this thread did before: nothing is kept.
  await withKept(
    "nothing",
    () => ({ key: "nothing" }),
    () => null,
  );
  const plain = await withRuntime((runtime) => ({ runtime, at: runtime.arena.take(1 << 20) }));
  const first = await keep("a", 1000);
  t.is(first.runtime, plain.runtime);
  t.is(first.at, plain.at);
  const between = await withRuntime((runtime) => {
    const at = runtime.arena.take(5000);
    runtime.arena.u8(at, 5000).fill(255);
    return { runtime, at };
  });
  t.is(between.runtime, plain.runtime);
  t.is(between.at, first.next);
  t.deepEqual({ ...(await keep("a", 1000)) }, first);
  t.is(made, 1);
  const other = await keep("b", 10);
  t.deepEqual([other.at, other.byte, made], [first.at, 2, 2]);
  await t.throwsAsync(
    withKept(
      "c",
      () => Promise.reject(new Error("no")),
      () => 0,
    ),
    { message: "no" },
  );
  t.is((await keep("b", 10)).byte, 3);
});

test.serial("tasks at once have memories of their own", async (t) => {
  const used = await withRuntime(async (outer) => [outer, await withRuntime((inner) => inner)]);
  t.not(used[0], used[1]);
});
