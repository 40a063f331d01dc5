import { v1 } from "@crossbill/messages";

/** The packs of one part, in the manifest's order. */
export function packsOf(manifest: v1.IngestManifest, part: v1.Part): v1.Pack[] {
  return manifest.partitions
    .flatMap((p) => p.packs ?? [])
    .filter((pack) => (pack.part ?? v1.Part.TRAIN) === part)
    .map((pack) => v1.Pack.create(pack) as v1.Pack);
}
