import { ratings } from "../movielens/data.mjs";

/** Four stars and more are liked. */
export const likes = { ...ratings, label: "rating", positive: ["4.0", "4.5", "5.0"] };
