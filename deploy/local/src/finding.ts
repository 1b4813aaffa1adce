/** One thing that was looked at. */
export interface Finding {
  /** What the finding belongs to. */
  group: 'this machine' | 'servers' | 'ports' | 'tests with foreign software';
  name: string;
  /** `found`; `missing` when something needed is not there; `optional` when it can be done without. */
  state: 'found' | 'missing' | 'optional';
  /** What was seen: version, place, owner. */
  detail: string;
  /** How to get it; absent when it is there. */
  remedy?: string;
}
