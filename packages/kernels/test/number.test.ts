import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, instantiateKernels, MISSING_TEXT, NUMBER_STATUS, parseDecimal } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const [out, status, starts, lengths, bytes] = [arena.take(8), arena.take(1), arena.take(4), arena.take(4), arena.take(4096)];
arena.u32(starts, 1)[0] = bytes;

function parse(text: string | null): { value: number; status: number; odd: number } {
  const encoded = Buffer.from(text ?? "");
  arena.u8(bytes, encoded.length).set(encoded);
  arena.u32(lengths, 1)[0] = text === null ? MISSING_TEXT : encoded.length;
  const odd = kernels.texts_parse_f64(out, status, starts, lengths, 1);
  return { value: arena.f64(out, 1)[0]!, status: arena.u8(status, 1)[0]!, odd };
}

/** The kernel's answer agrees with the twin's, or is left to it. */
function agrees(text: string): boolean {
  const { value, status: what, odd } = parse(text);
  const wanted = parseDecimal(text);
  if (what === NUMBER_STATUS.long) return odd === 1 && Number.isNaN(value) && !Number.isNaN(Number(text));
  if (Number.isNaN(wanted)) return odd === 1 && what === NUMBER_STATUS.notANumber && Number.isNaN(value);
  return odd === 0 && what === NUMBER_STATUS.value && Object.is(value, wanted);
}

const REFUSED = [
  "",
  " ",
  "NaN",
  "nan",
  "Infinity",
  "-Infinity",
  "inf",
  "0x10",
  "1,5",
  "１２",
  "1 2",
  "1e",
  "1e+",
  "e5",
  ".",
  "+",
  "-",
  "--1",
  "1.2.3",
  "1e1.5",
  "1_000",
  "0b1",
  "1f",
  "\u00a01",
  "1\n",
];
const ACCEPTED: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["-0", -0],
  ["-0.0e5", -0],
  ["+7", 7],
  [".5", 0.5],
  ["5.", 5],
  [" \t12.5 \t", 12.5],
  ["1e3", 1000],
  ["1E+3", 1000],
  ["1e-3", 0.001],
  ["000012", 12],
  ["9007199254740993", 9007199254740992],
  ["0.1", 0.1],
  ["123456789012345678", 123456789012345680],
  ["0.12345678901234567", 0.12345678901234566],
  ["9223372036854775807", 2 ** 63],
  ["1e22", 1e22],
  ["-3.25", -3.25],
];

test("what is no finite decimal number is refused", (t) => {
  for (const text of REFUSED) {
    t.is(parse(text).status, NUMBER_STATUS.notANumber, JSON.stringify(text));
    t.true(Number.isNaN(parseDecimal(text)), JSON.stringify(text));
  }
  t.true(Number.isNaN(parseDecimal("1e400")));
  t.is(parse("1e400").status, NUMBER_STATUS.long);
});

test("decimal numbers are read correctly rounded", (t) => {
  for (const [text, value] of ACCEPTED) {
    t.true(Object.is(parse(text).value, value), text);
    t.true(Object.is(parseDecimal(text), value), text);
  }
});

test("long and extreme numbers are left to the caller, which keeps denormals", (t) => {
  for (const [text, value] of [
    ["5e-324", 5e-324],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["12345678901234567890123", 1.2345678901234568e22],
  ] as const) {
    t.is(parse(text).status, NUMBER_STATUS.long);
    t.is(parseDecimal(text), value);
  }
});

test("a missing text is NaN and no problem", (t) => {
  t.deepEqual(parse(null), { value: Number.NaN, status: NUMBER_STATUS.missing, odd: 0 });
});

test("any printed double, short or long, is read as Number reads it", (t) => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: 1, max: 21 }),
      (x, digits) => agrees(String(x)) && agrees(x.toPrecision(digits)) && agrees(x.toFixed(Math.min(20, digits))),
    ),
    { numRuns: 3000 },
  );
  t.pass();
});

test("numbers halfway between two doubles round to even, and a hair off them the right way", (t) => {
  fc.assert(
    fc.property(fc.bigInt(2n ** 52n, 2n ** 53n - 1n), fc.integer({ min: 1, max: 10 }), fc.constantFrom(-1n, 0n, 1n), (mantissa, shift, off) => {
      const whole = ((mantissa << BigInt(shift)) + (1n << BigInt(shift - 1)) + off).toString();
      const tenth = `${whole.slice(0, 3)}.${whole.slice(3)}`;
      const half = ((mantissa * 2n + 1n) * 5n).toString(); // (mantissa + 1/2) exactly, in tenths
      return agrees(whole) && agrees(tenth) && agrees(`${half.slice(0, -1)}.${half.slice(-1)}`) && agrees(`${whole}e-7`) && agrees(`${whole}e3`);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test("whole numbers of any number of digits are read, and no digit's neighbour is taken for one", (t) => {
  const digit = fc.constantFrom(..."0123456789");
  const nearly = fc.constantFrom(..."0123456789", "/", ":", "\0", "\x80", "\xff", "9", "0");
  fc.assert(
    fc.property(
      fc.string({ unit: digit, minLength: 1, maxLength: 21 }),
      fc.string({ unit: nearly, maxLength: 9 }),
      (whole, odd) => agrees(whole) && agrees(odd),
    ),
    { numRuns: 5000 },
  );
  t.pass();
});

test("any text at all gets the twin's answer", (t) => {
  const odd = fc.array(fc.constantFrom("0", "1", "9", "5", ".", "e", "E", "+", "-", " ", "\t", "x", ","), { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(fc.property(odd, agrees), { numRuns: 5000 });
  t.pass();
});
