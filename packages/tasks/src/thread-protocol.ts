/** What goes from the threads executor to a thread. The answer is the bytes of a Result. */
export interface TaskMessage {
  /** Bytes of a Task: generated message classes do not survive structured cloning. */
  readonly task: Uint8Array;
  /** URLs of handler modules. */
  readonly handlers: readonly string[];
  readonly root: string;
  /** Shared; slot 0 counts signs of life of this task. */
  readonly life: Int32Array;
}

/** Slot of {@link TaskMessage.life}. */
export const BEATS = 0;

/** The first signs of life: the thread has the task; its handlers are loaded. With fewer it is still starting. */
export const BEATS_OF_START = 2;
