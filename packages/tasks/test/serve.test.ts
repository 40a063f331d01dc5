import { PassThrough, Readable } from "node:stream";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { encodeFrame, loadHandlers, MAX_FRAME_BYTES, readFrames, serveTasks } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { HANDLERS, scratch, task } from "./helpers.js";

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for await (const frame of readFrames(stream)) frames.push(frame);
  return frames;
}

test("Frames come out as they went in, however the stream is cut", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), async (frames, piece) => {
      const all = Buffer.concat(frames.map(encodeFrame));
      const pieces = Array.from({ length: Math.ceil(all.length / piece) }, (_, i) => all.subarray(i * piece, (i + 1) * piece));
      const got = await collect(Readable.from(pieces));
      return JSON.stringify(got.map((f) => [...f])) === JSON.stringify(frames.map((f) => [...f]));
    }),
  );
  t.pass();
});

test("A cut stream, a frame past the cap and bytes that are no Task are errors", async (t) => {
  const frame = encodeFrame(new Uint8Array(10));
  for (let length = 1; length < frame.length; length++) await t.throwsAsync(collect(Readable.from([frame.subarray(0, length)])), { code: "E_FRAME" });
  const huge = new Uint8Array(4);
  new DataView(huge.buffer).setUint32(0, MAX_FRAME_BYTES + 1, true);
  await t.throwsAsync(collect(Readable.from([huge])), { code: "E_FRAME" });
  const serve = serveTasks(Readable.from([encodeFrame(new Uint8Array([255, 255, 255]))]), new PassThrough(), new Map(), { root: "." });
  await t.throwsAsync(serve, { code: "E_MESSAGE_CORRUPT" });
});

test("The loop answers every task in order, failures too, and ends with its input", async (t) => {
  const tasks = [task("shout", "a"), task("trouble", "fail"), task("nobody", ""), task("shout", "b")];
  const out = new PassThrough();
  await serveTasks(Readable.from(tasks.map((one) => encodeFrame(encodeMessage(v1.Task, one)))), out, await loadHandlers([HANDLERS]), { root: scratch(t) });
  out.end();
  const results = (await collect(out)).map((frame) => decodeMessage(v1.Result, frame, "result"));
  t.deepEqual(
    results.map((result) => result.key),
    tasks.map((one) => one.key),
  );
  t.deepEqual(
    results.map((result) => result.error?.code ?? null),
    [null, "E_ROW", "E_TASK_STEP", null],
  );
  t.is(results[3]?.outputs[0]?.uri, `objects/${tasks[3]!.key.slice(0, 2)}/${tasks[3]!.key}-shout.txt`);
});
