/** Made by `networks.mjs`: pixels as a weighted sparse column. The last 2,000 rows are the test. */
export const digits = { train: "../../data/digits.libsvm", split: { by: "order", validation: 0, test: 0.2 } };
