import { DEFAULT_CHECKS } from "@crossbill/ingest";
import test from "ava";
import { checkSpec } from "../dist/config/checks.js";
import { checkConfig } from "../dist/config/load.js";

test("data checks of single fields take from all fields what they leave out", (t) => {
  const checks = (raw: unknown) => checkSpec(checkConfig({ data: { train: "a.csv", label: "y", checks: raw } }, "test").data.checks);
  t.deepEqual(checks({}), DEFAULT_CHECKS);
  const spec = checks({ against: null, drift: { fail: 0.3 }, fields: { user: false, site: { drift: { metric: "psi", warn: null }, schema: "fail" } } });
  t.is(spec.against, null);
  t.deepEqual(spec.drift, { metric: "jensenShannon", warn: 0.1, fail: 0.3 });
  t.is(spec.fields.get("user"), null);
  t.deepEqual(spec.fields.get("site"), {
    schema: "fail",
    drift: { metric: "psi", warn: null, fail: 0.3 },
    missing: DEFAULT_CHECKS.missing,
    newCategories: DEFAULT_CHECKS.newCategories,
    range: DEFAULT_CHECKS.range,
  });
  const error = t.throws(() => checks({ drift: { metric: "cosine" }, fields: { site: { colour: 1 } } }));
  t.regex(error.message, /data\.checks\.drift\.metric: .*jensenShannon/);
});
