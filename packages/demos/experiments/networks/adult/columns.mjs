import { bucketized, crossed, numeric, vocabulary } from "crossbill";

const names =
  "age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain capital_loss hours_per_week native_country label".split(
    " ",
  );

/** As in the census demo. */
export const data = {
  train: "${CROSSBILL_DATA}/adult/adult.data",
  test: "${CROSSBILL_DATA}/adult/adult.test",
  format: "csv",
  csv: { delimiter: ", ", header: false, names, quote: null, comment: "|", missing: ["?"] },
  label: "label",
  positive: [">50K", ">50K."],
  negative: ["<=50K", "<=50K."],
  split: { by: "index", every: 10, validation: [9] },
};

export const columns = {
  age: numeric("age"),
  educationNum: numeric("education_num"),
  hours: numeric("hours_per_week"),
  capitalGain: numeric("capital_gain"),
  capitalLoss: numeric("capital_loss"),
  fnlwgt: numeric("fnlwgt"),
  workclass: vocabulary("workclass"),
  education: vocabulary("education"),
  maritalStatus: vocabulary("marital_status"),
  occupation: vocabulary("occupation"),
  relationship: vocabulary("relationship"),
  race: vocabulary("race"),
  sex: vocabulary("sex"),
  nativeCountry: vocabulary("native_country"),
  ageBand: bucketized("age", { boundaries: [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70] }),
  hoursBand: bucketized("hours_per_week", { boundaries: [10, 20, 30, 35, 40, 41, 45, 50, 55, 60, 70] }),
  capitalGainBand: bucketized("capital_gain", { quantiles: 30, of: "nonZero" }),
  capitalLossBand: bucketized("capital_loss", { quantiles: 30, of: "nonZero" }),
  educationOccupation: crossed(["education", "occupation"], { buckets: 4096 }),
};

export const numbers = ["age", "educationNum", "hours", "capitalGain", "capitalLoss", "fnlwgt"];
export const categories = Object.keys(columns).filter((name) => !numbers.includes(name));
