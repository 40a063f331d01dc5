import fs from "node:fs";
import path from "node:path";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import test from "ava";
import { modelSha256 } from "../dist/digest.js";
import { loadModel } from "../dist/index.js";
import { MODEL_FORMAT, MODEL_KIND } from "../dist/model-files.js";
import { exampleContent, saved, temporary } from "./example.js";

async function codeOf(dir: string): Promise<string> {
  try {
    await loadModel(dir);
    return "loaded";
  } catch (thrown) {
    return thrown instanceof CrossbillError ? thrown.code : `no code: ${String(thrown)}`;
  }
}

function copyOf(dir: string): string {
  const copy = path.join(temporary(), "model");
  fs.cpSync(dir, copy, { recursive: true });
  return copy;
}

test("every flipped bit, every cut, every added byte and every missing file is refused with a code", async (t) => {
  const dir = copyOf(await saved(exampleContent({ dead: ["user", "bandHour"] })));
  let tried = 0;
  for (const file of fs.readdirSync(dir)) {
    const target = path.join(dir, file);
    const whole = fs.readFileSync(target);
    const expect = async (bytes: Uint8Array, codes: readonly string[]) => {
      fs.writeFileSync(target, bytes);
      const code = await codeOf(dir);
      if (!codes.includes(code)) t.fail(`${file}, damage ${tried}: ${code}`);
      tried++;
    };
    for (let k = 0; k < 400; k++) {
      const at = Math.floor((k * 7919) % whole.length);
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (k & 7);
      await expect(flipped, ["E_CORRUPT", "E_NEWER_VERSION"]);
    }
    for (let k = 0; k < 40; k++) await expect(whole.subarray(0, Math.floor((k * whole.length) / 40)), ["E_CORRUPT"]);
    await expect(Buffer.concat([whole, Buffer.from("x")]), ["E_CORRUPT"]);
    fs.rmSync(target);
    t.is(await codeOf(dir), "E_FILE_MISSING");
    fs.writeFileSync(target, whole);
  }
  t.is(await codeOf(dir), "loaded");
  t.true(tried > 800);
});

test("the weights of another model are refused", async (t) => {
  const dir = copyOf(await saved(exampleContent()));
  fs.copyFileSync(path.join(await saved(exampleContent({ dead: ["hour"] })), "weights.arrow"), path.join(dir, "weights.arrow"));
  t.is(await codeOf(dir), "E_CORRUPT");
});

test("a folder that is none, and a path to a file, are refused with a code", async (t) => {
  t.is(await codeOf(path.join(temporary(), "nothing")), "E_FILE_MISSING");
  const dir = await saved(exampleContent());
  t.regex(await codeOf(path.join(dir, "model.pb")), /^E_/);
});

/** The model's message changed by a writer that keeps all checksums right. */
async function forged(change: (message: v1.Model) => void): Promise<string> {
  const dir = copyOf(await saved(exampleContent({ dead: ["user"] })));
  const { payload } = await readSealed(path.join(dir, "model.pb"), MODEL_KIND, MODEL_FORMAT);
  const message = v1.Model.decode(payload);
  change(message);
  const weights = fs.readFileSync(path.join(dir, "weights.arrow"));
  message.weightsSha256 = sha256Hex(weights);
  message.sha256 = modelSha256(message, weights);
  await writeSealed(path.join(dir, "model.pb"), MODEL_KIND, MODEL_FORMAT, encodeMessage(v1.Model, message));
  return dir;
}

test("a sound container with a model that does not fit together is refused before anything is predicted", async (t) => {
  const forgeries: ((message: v1.Model) => void)[] = [
    (m) => {
      m.placement[3]!.size = 2;
    },
    (m) => {
      m.placement[3]!.offset += 1;
    },
    (m) => {
      m.placement.pop();
    },
    (m) => {
      m.intercept = Number.NaN;
    },
    (m) => {
      m.nonZero -= 1;
    },
    (m) => {
      m.parameters = 3;
    },
    (m) => {
      m.state.columns = [];
    },
    (m) => {
      m.spec.head = 99 as v1.Head;
    },
    (m) => {
      m.spec.weights = 99 as v1.ModelSpec.WeightFormat;
    },
    (m) => {
      m.spec.head = v1.Head.SOFTMAX;
    },
    (m) => {
      m.classes = ["a", "b"];
    },
    (m) => {
      m.state.states = m.state.states.filter((s) => s.name !== "site");
    },
    (m) => {
      (m as { spec: unknown }).spec = null;
    },
    (m) => {
      m.spec.columns = ["site", ...m.spec.columns.slice(1)];
    },
  ];
  for (const [i, change] of forgeries.entries())
    t.regex(await codeOf(await forged(change)), /^E_(MODEL_INVALID|COLUMN_STATE|COLUMN_SPEC|CROSS_INPUT)$/, `forgery ${i}`);
  t.is(
    await codeOf(
      await forged((m) => {
        m.formatVersion = MODEL_FORMAT + 1;
      }),
    ),
    "E_NEWER_VERSION",
  );
  t.is(await codeOf(await forged(() => undefined)), "loaded");
});
