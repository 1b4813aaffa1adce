import type { Socket } from 'node:dgram';
import type { MediaSource } from '../../domain/media/source-latch.ts';

/**
 * A UDP socket that is tied to its peer once that is settled: the kernel then drops what others send, and sending costs
 * less. Errors of the network (ICMP) arrive as events on such a socket; they are counted, never fatal.
 */
export class ConnectedSocket {
  private readonly socket: Socket;
  private state: 'open' | 'connecting' | 'connected' | 'closed' = 'open';
  private peer: MediaSource | undefined;
  private wanted: MediaSource | undefined;
  errors = 0;

  constructor(socket: Socket, onMessage: (bytes: Uint8Array, source: MediaSource) => void) {
    this.socket = socket;
    socket.on('message', onMessage);
    socket.on('error', () => {
      this.errors += 1;
      if (this.state === 'connecting') this.state = 'open';
    });
  }

  /** Ties the socket to a peer, or frees it. */
  tie(peer: MediaSource | undefined): void {
    this.wanted = peer;
    if (this.state === 'connecting' || this.state === 'closed') return;
    if (this.state === 'connected') {
      if (peer !== undefined && this.peer?.port === peer.port && this.peer.address === peer.address) return;
      this.socket.disconnect();
      this.state = 'open';
      this.peer = undefined;
    }
    if (peer === undefined) return;
    this.state = 'connecting';
    this.socket.connect(peer.port, peer.address, () => {
      if (this.state !== 'connecting') return;
      this.state = 'connected';
      this.peer = peer;
      if (this.wanted !== peer) this.tie(this.wanted);
    });
  }

  /** Sends to the peer; what the socket's buffer does not take is lost, as on any network. */
  send(bytes: Uint8Array, to: MediaSource): void {
    if (this.state === 'closed') return;
    if (this.state === 'connected') this.socket.send(bytes);
    else if (to.port > 0) this.socket.send(bytes, to.port, to.address);
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.socket.close();
  }
}
