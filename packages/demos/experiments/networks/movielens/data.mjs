/** Rating of a user for a film. Every tenth row chooses, every fifth is for the test. */
export const ratings = { train: "${CROSSBILL_DATA}/movielens-small/ratings.csv", split: { by: "index", every: 10, validation: [1], test: [0, 5] } };
