/** A vocabulary column of one value a row, but for its field. */
export const PLAIN_VOCABULARY = { kind: "vocabulary", minCount: 1, outOfVocabulary: 1, weighted: false, occurrences: "count" } as const;
