import test from "ava";
import fc from "fast-check";
import { Arena } from "../dist/arena.js";
import { LINE_STATES, NO_COMMENT } from "../dist/exports-lines.js";
import { createKernelMemory, instantiateKernels } from "../dist/module.js";
import { lineRowsTwin, linesScanTwin } from "../dist/twins/lines.js";

const memory = createKernelMemory(1 << 20, 1 << 24);
const kernels = instantiateKernels(memory);
const text = fc
  .array(fc.constantFrom("a", "#", "x".repeat(17), "é", " ", "\t", "\n", "\r\n", "\r", "{}", "\n\n", "y".repeat(40)), { maxLength: 60 })
  .map((parts) => new TextEncoder().encode(parts.join("")));
const comment = fc.constantFrom(NO_COMMENT, 35);

function place(bytes: Uint8Array): { arena: Arena; at: number; out: number } {
  const arena = new Arena(memory);
  const out = arena.take(16);
  const at = arena.take(bytes.length + 128) + 64;
  arena.u8(at - 64, bytes.length + 128).fill(10);
  arena.u8(at, bytes.length).set(bytes);
  return { arena, at, out };
}

test("lines_scan ends where its slow twin ends, from every state and over every cut", (t) => {
  fc.assert(
    fc.property(text, comment, fc.nat(60), fc.nat(90), (bytes, mark, from, size) => {
      const pos = Math.min(from, bytes.length);
      const end = Math.min(pos + size, bytes.length);
      const { arena, at, out } = place(bytes);
      for (const state of Object.values(LINE_STATES)) {
        kernels.lines_scan(out, at + pos, at + end, mark, state, 0);
        const [position, reached, rows, first] = arena.u32(out, 4);
        t.deepEqual(
          { position: position! - at, state: reached, rows, first: first === 0xffffffff ? null : first! - at },
          linesScanTwin(bytes, pos, end, mark, state),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test("lines_scan with stop halts wherever a row may begin, and finds the same rows so", (t) => {
  fc.assert(
    fc.property(text, comment, (bytes, mark) => {
      const { arena, at, out } = place(bytes);
      const starts: number[] = [];
      for (let p = at, state: number = LINE_STATES.ROW; p < at + bytes.length; ) {
        kernels.lines_scan(out, p, at + bytes.length, mark, state, 1);
        const [position, reached, rows, first] = arena.u32(out, 4);
        t.true(position! > p);
        if (rows! > 0) starts.push(first! - at);
        [p, state] = [position!, reached!];
      }
      t.deepEqual(
        starts,
        lineRowsTwin(bytes, mark).map(({ start }) => start),
      );
    }),
  );
});

test("the twin's scan counts the rows that the twin cuts", (t) => {
  fc.assert(
    fc.property(text, comment, (bytes, mark) => {
      t.is(linesScanTwin(bytes, 0, bytes.length, mark, LINE_STATES.ROW).rows, lineRowsTwin(bytes, mark).length);
    }),
  );
});

test("lines_count counts LFs", (t) => {
  fc.assert(
    fc.property(text, (bytes) => {
      const { at } = place(bytes);
      t.is(kernels.lines_count(at, at + bytes.length), bytes.filter((byte) => byte === 10).length);
    }),
  );
});
