import { bucketized, crossed, numeric, vocabulary } from "crossbill";

export const data = {
  train: "${CROSSBILL_DATA}/california-housing/housing.csv",
  label: "median_house_value",
  split: { by: "index", every: 10, validation: [1], test: [0, 5] },
};

/** Squares of four sizes on the map. */
const GRIDS = [10, 25, 50, 100];
const squares = GRIDS.flatMap((quantiles) => [
  [`longitude${quantiles}`, bucketized("longitude", { quantiles })],
  [`latitude${quantiles}`, bucketized("latitude", { quantiles })],
  [`square${quantiles}`, crossed([`longitude${quantiles}`, `latitude${quantiles}`])],
]);
const numerical = {
  longitude: numeric("longitude"),
  latitude: numeric("latitude"),
  age: numeric("housing_median_age"),
  rooms: numeric("total_rooms", { scale: "log1p" }),
  bedrooms: numeric("total_bedrooms", { scale: "log1p" }),
  population: numeric("population", { scale: "log1p" }),
  households: numeric("households", { scale: "log1p" }),
  logIncome: numeric("median_income", { scale: "log1p" }),
  income: numeric("median_income"),
};
export const numbers = Object.keys(numerical);
export const columns = { ...numerical, ocean: vocabulary("ocean_proximity"), ...Object.fromEntries(squares) };
export const grids = GRIDS.map((quantiles) => `square${quantiles}`);
