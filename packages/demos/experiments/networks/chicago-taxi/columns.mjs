import { bucketized, crossed, numeric, vocabulary } from "crossbill";

/** Never `tips`: the label is made of it. */
export const data = {
  train: "${CROSSBILL_DATA}/chicago-taxi/data.csv",
  label: "big_tipper",
  split: { by: "index", every: 10, validation: [1], test: [0, 5] },
};

const band = (field, quantiles) => bucketized(field, { quantiles });
export const categorical = {
  payment: vocabulary("payment_type"),
  company: vocabulary("company"),
  hour: vocabulary("trip_start_hour"),
  day: vocabulary("trip_start_day"),
  month: vocabulary("trip_start_month"),
  pickupArea: vocabulary("pickup_community_area"),
  dropoffArea: vocabulary("dropoff_community_area"),
  dropoffTract: vocabulary("dropoff_census_tract"),
  fareBand: band("fare", 20),
  milesBand: band("trip_miles", 20),
  secondsBand: band("trip_seconds", 20),
  pickupLatitudeBand: band("pickup_latitude", 10),
  pickupLongitudeBand: band("pickup_longitude", 10),
  dropoffLatitudeBand: band("dropoff_latitude", 10),
  dropoffLongitudeBand: band("dropoff_longitude", 10),
  timeBand: band("trip_start_timestamp", 20),
  paymentCompany: crossed(["payment", "company"], { vocabulary: {} }),
  dayHour: crossed(["day", "hour"], { vocabulary: {} }),
};
const numerical = {
  fare: numeric("fare", { scale: "log1p" }),
  miles: numeric("trip_miles", { scale: "log1p" }),
  seconds: numeric("trip_seconds", { scale: "log1p" }),
  pickupLatitude: numeric("pickup_latitude"),
  pickupLongitude: numeric("pickup_longitude"),
  dropoffLatitude: numeric("dropoff_latitude"),
  dropoffLongitude: numeric("dropoff_longitude"),
  time: numeric("trip_start_timestamp"),
};
export const columns = { ...categorical, ...numerical };
export const numbers = Object.keys(numerical);
