/** The module with this package's task handlers: give it to the executor (`handlers`) that `evaluate` and `compare` get. */
export const evaluationHandlers = new URL("./handlers.js", import.meta.url);
