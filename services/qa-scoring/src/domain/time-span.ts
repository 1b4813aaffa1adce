/** A span of time, milliseconds from the start of the contact. */
export interface TimeSpan {
  startMs: number;
  endMs: number;
}
