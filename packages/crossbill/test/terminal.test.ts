import test from "ava";
import fc from "fast-check";
import { harmless, table } from "../dist/cli/terminal.js";

test("control and direction-changing characters of data become visible text", (t) => {
  t.is(harmless("\u001b[31mred"), "\\x1b[31mred");
  t.is(harmless("\u202eabc\u0000"), "\\u202eabc\\x00");
  t.is(harmless("日本, é\ttab\nline"), "日本, é\ttab\nline");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(harmless(text))));
});

test("a table aligns columns; numbers are set right", (t) => {
  t.is(
    table([
      ["name", "rows"],
      ["a", "1,000"],
      ["long name", "2"],
    ]),
    "name        rows\na          1,000\nlong name      2",
  );
});
