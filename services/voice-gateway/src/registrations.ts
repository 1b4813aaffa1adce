/** Where a phone was when it registered. */
export interface PhoneHop {
  readonly protocol: 'UDP' | 'TCP';
  readonly address: string;
  readonly port: number;
  /** Connection of the gateway that took it; means nothing to others. */
  readonly connection?: string;
}

/** One registered phone. JSON. */
export interface StoredBinding {
  readonly uri: string;
  readonly callId: string;
  readonly cseq: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
  readonly q: number;
  readonly parameters: readonly (readonly [string, string | null])[];
  readonly hop: PhoneHop;
  /** Gateway that took it. */
  readonly instance: string;
}

/** The phones of one SIP user. */
export interface StoredRegistration {
  readonly bindings: readonly StoredBinding[];
}

/** Registrations, kept where they outlive the process and every gateway sees them. */
export interface RegistrationStore {
  find(tenant: string, sipUsername: string): StoredRegistration | undefined;
  /** Stores what replaces the user's registration; no bindings removes it. */
  save(tenant: string, sipUsername: string, registration: StoredRegistration): Promise<void>;
}

/** Bindings that have not run out. */
export function liveBindings(registration: StoredRegistration | undefined, nowMs: number): readonly StoredBinding[] {
  return (registration?.bindings ?? []).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
}
