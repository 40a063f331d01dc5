import { normalQuantile } from "@crossbill/numerics";

/**
 * Wilson's score interval of a share (Wilson 1927): (s + z^2/2n -+ z sqrt(s (1 - s)/n + z^2/4n^2)) / (1 + z^2/n). It stays inside [0, 1] and has a width at s = 0 and 1.
 * @param share in [0, 1]
 * @param draws n > 0, not necessarily an integer
 * @param level in (0, 1)
 */
export function wilsonInterval(share: number, draws: number, level: number): { low: number; high: number } {
  const z = normalQuantile((1 + level) / 2);
  const zz = z * z;
  const scale = 1 + zz / draws;
  const center = (share + zz / (2 * draws)) / scale;
  const reach = (z * Math.sqrt((share * (1 - share)) / draws + zz / (4 * draws * draws))) / scale;
  return { low: share === 0 ? 0 : Math.max(0, center - reach), high: share === 1 ? 1 : Math.min(1, center + reach) };
}
