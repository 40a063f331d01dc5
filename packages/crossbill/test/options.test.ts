import test from "ava";
import { InvalidArgumentError } from "commander";
import { bytes, integer } from "../dist/cli/options.js";

test("sizes are read with their unit", (t) => {
  t.is(bytes("512m"), 512 * 2 ** 20);
  t.is(bytes("1.5g"), 1.5 * 2 ** 30);
  t.is(bytes("64MiB"), 64 * 2 ** 20);
  t.is(bytes("16777216"), 2 ** 24);
  for (const text of ["", "much", "10q", "-1g", "1k", "g"]) t.throws(() => bytes(text), { instanceOf: InvalidArgumentError }, text);
});

test("whole numbers are read within their range", (t) => {
  t.is(integer(1, 8)("8"), 8);
  for (const text of ["0", "9", "1.5", "two", "-1", "1e1"]) t.throws(() => integer(1, 8)(text), { instanceOf: InvalidArgumentError }, text);
});
