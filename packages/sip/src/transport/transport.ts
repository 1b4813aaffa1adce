import type { AppError } from '@patchbay/runtime/app-error';

/** Transport protocols of the stack. */
export type TransportProtocol = 'UDP' | 'TCP';

/** Where a message goes to or came from. */
export interface Hop {
  readonly protocol: TransportProtocol;
  /** IPv4 or IPv6 address without brackets, never a name. */
  readonly address: string;
  readonly port: number;
  /**
   * Connection-oriented transports: the connection to prefer while it is open, as given in the `source` of a message
   * that came over it. Without it, or once it is closed, a connection to address and port is reused or opened.
   */
  readonly connection?: string;
}

/** Where a message came from, and by which of our sockets. */
export interface PacketSource extends Hop {
  /** Our own address and port that it came to. */
  readonly local: { readonly address: string; readonly port: number };
}

/** What a transport reports upward. None of these may throw. */
export interface TransportReceiver {
  /** One whole message; the bytes are the receiver's to keep. */
  received(bytes: Uint8Array, source: PacketSource): void;
  /**
   * A stream cannot be cut into messages any more (no or bad Content-Length, too large). The transport closes the
   * connection once what the receiver sends in answer to it, at once, is written.
   * @param head what there is of the faulty message, at least its first line
   */
  unframed(head: Uint8Array, source: PacketSource, fault: AppError): void;
}

/** One listening socket of one protocol: the port between the stack and the network. */
export interface SipTransport {
  readonly protocol: TransportProtocol;
  /** Whether the transport itself repeats what was lost; then the stack does not (RFC 3261 section 17). */
  readonly reliable: boolean;
  /** Binds and begins to deliver. Rejects with SIP_TRANSPORT_FAILED when the address cannot be bound. */
  listen(receiver: TransportReceiver): Promise<void>;
  /** The bound address and port; meaningful after `listen`. */
  local(): { readonly address: string; readonly port: number };
  /**
   * Sends one message. Does not block and does not throw.
   * @param failed called at most once, later, when the transport knows that the message did not leave:
   *   SIP_TRANSPORT_FAILED, SIP_CONNECTIONS_EXHAUSTED, SIP_MESSAGE_TOO_LARGE
   */
  send(bytes: Uint8Array, to: Hop, failed: (error: AppError) => void): void;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}
