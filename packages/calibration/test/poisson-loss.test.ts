import { poissonDeviance, poissonLoss } from "@crossbill/calibration";
import test from "ava";

test("a prediction that float64 cannot tell from 0 has a finite Poisson loss", (t) => {
  t.is(poissonDeviance(0, 0), 0);
  t.is(poissonLoss(0, 0), 0);
  t.true(Number.isFinite(poissonLoss(3, 0)) && poissonLoss(3, 0) > 2000);
  t.true(Number.isFinite(poissonDeviance(3, 0)) && Number.isFinite(poissonDeviance(3, Number.MAX_VALUE / 4)));
  for (const y of [1e-12, 1, 7, 1e9]) t.is(poissonDeviance(y, y), 0);
});
