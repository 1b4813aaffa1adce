/** Address and port of a packet. */
export interface MediaSource {
  readonly address: string;
  readonly port: number;
}

/** How long after an SDP answer media may first come from a port other than the one in it, milliseconds. */
export const latchWindowMs = 10_000;

/**
 * Decides whose packets belong to a leg (symmetric RTP, RFC 4961). The address in the SDP, or the one the signalling came
 * from, must be the packet's; its port may differ, because NATs change ports, but only within the window after an SDP
 * answer. The first source that fits is kept: another one is never taken mid-call, so nobody can steal or inject sound.
 */
export class SourceLatch {
  private signalled: MediaSource | undefined;
  private trusted: ReadonlySet<string> = new Set();
  private untilMs = 0;
  private latched: MediaSource | undefined;

  /**
   * An offer and its answer name where media come from. The same address again keeps the source; a new one begins anew.
   * @param signallingAddress where the SIP message came from
   */
  expect(signalled: MediaSource, signallingAddress: string | undefined, nowMs: number): void {
    const same = this.signalled?.address === signalled.address && this.signalled.port === signalled.port;
    this.signalled = signalled;
    this.trusted = new Set([signalled.address, ...(signallingAddress === undefined ? [] : [signallingAddress])]);
    if (same) return;
    this.untilMs = nowMs + latchWindowMs;
    this.latched = undefined;
  }

  /** Whether a packet from there is the leg's; `latched` says that it settled the source just now. */
  accepts(source: MediaSource, nowMs: number): 'yes' | 'latched' | 'no' {
    if (this.latched !== undefined) return this.latched.port === source.port && this.latched.address === source.address ? 'yes' : 'no';
    if (this.signalled === undefined) return 'no';
    const asSignalled = this.signalled.port === source.port && this.signalled.address === source.address;
    if (!asSignalled && (nowMs > this.untilMs || !this.trusted.has(source.address))) return 'no';
    this.latched = { address: source.address, port: source.port };
    return 'latched';
  }

  /** Where to send: to the source that was taken, until then as signalled; undefined before the first answer. */
  target(): MediaSource | undefined {
    return this.latched ?? this.signalled;
  }
}
