import { AppError } from '@patchbay/runtime/app-error';
import type { CallEvent } from '../domain/call/call-state.ts';
import type { AgreedMedia, LegKey, Playlist } from '../media-plane.ts';
import type { PhoneLine } from '../ports.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import { voiceError } from '../errors.ts';

/** What calling a customer back needs. */
export interface CustomerReachOptions {
  readonly tenant: string;
  readonly contactId: string;
  readonly customerLeg: LegKey;
  /** Whom to call; may be empty. */
  readonly callerNumber: string;
  readonly callerName: string;
  /** Our number, shown to the customer. */
  readonly ownNumber: string;
  /** The trunk; undefined when there is none. */
  readonly proxy: string | undefined;
  readonly ringLimitMs: number;
  readonly language: string;
  /** Whether the agent hears a message first and presses a key to go on. */
  readonly waitsForAgent: boolean;
  /** Said to the agent before the customer is called, and to the customer before the agent is heard. */
  readonly prompts: { readonly whisper: string; readonly greeting: string };
  readonly around: CallSurroundings;
  /** Rejects when the call is not this gateway's any more. */
  stored(): Promise<void>;
  dispatch(event: CallEvent): void;
}

/** Key by which an agent who has heard a message calls the customer, and how long that may take. */
const callKey = '1';
const hearLimitMs = 180_000;

/** The customer's line of a call-back: nothing until the agent is there, then a call of ours. */
export class CustomerReach {
  readonly callerNumber: string;
  readonly callerName: string;
  private readonly options: CustomerReachOptions;
  private line: PhoneLine | undefined;
  private dropped = false;
  private goOn: (() => void) | undefined;

  constructor(options: CustomerReachOptions) {
    this.options = options;
    this.callerNumber = options.callerNumber;
    this.callerName = options.callerName;
  }

  /** Tells the agent, then calls. Only a gateway whose facts are stored calls: one that lost the call would be the second. */
  reach(agentLeg: LegKey): void {
    this.call(agentLeg).catch((thrown: unknown) => {
      const error = AppError.from(thrown);
      this.options.around.log.warn('customer was not called', { error, contactId: this.options.contactId });
      this.options.dispatch({ kind: 'customerFailed', sipStatus: 0, code: error.code.startsWith('VOICE_') ? error.code : 'VOICE_SET_UP_FAILED' });
    });
  }

  private async call(agentLeg: LegKey): Promise<void> {
    const { around, tenant, contactId, customerLeg, callerNumber, ownNumber, proxy, ringLimitMs, prompts } = this.options;
    const { media, centre, trunk } = around;
    await media.play(agentLeg, this.once(prompts.whisper));
    if (this.options.waitsForAgent && !this.isDropped()) await this.agentIsReady(agentLeg);
    await this.options.stored();
    if (this.isDropped()) return;
    if (centre.forbidsCalls(tenant, callerNumber)) {
      this.options.dispatch({ kind: 'customerForbids' });
      return;
    }
    if (callerNumber === '') throw voiceError('VOICE_NO_NUMBER');
    if (proxy === undefined) throw voiceError('VOICE_NO_TRUNK');
    const local = await media.createLeg(customerLeg, { near: agentLeg });
    if (this.isDropped()) {
      await media.closeLeg(customerLeg);
      return;
    }
    void media.play(agentLeg, { prompts: [{ audio: 'ringback.wav', language: this.options.language }], loop: true });
    this.line = trunk.dial({ contactId, number: callerNumber, callerNumber: ownNumber, proxy, local, ringLimitMs, listener: this.listener() });
  }

  /** The agent pressed the key, or has had time enough to hear the longest message. */
  private async agentIsReady(agentLeg: LegKey): Promise<void> {
    const { media, clock } = this.options.around;
    media.collectDtmf(agentLeg, true);
    await new Promise<void>((resolve) => {
      const cancel = clock.setTimer(hearLimitMs, resolve);
      this.goOn = () => {
        cancel();
        resolve();
      };
    });
    media.collectDtmf(agentLeg, false);
  }

  /** A key of the agent's. */
  agentKey(key: string): void {
    if (key === callKey) this.goOn?.();
  }

  /** Asked again after each wait. */
  private isDropped(): boolean {
    return this.dropped;
  }

  private once(audio: string): Playlist {
    return { prompts: [{ audio, language: this.options.language }], loop: false };
  }

  private listener() {
    const { dispatch, around, customerLeg } = this.options;
    const configure = (agreed: AgreedMedia) => {
      around.media.configure(customerLeg, agreed);
    };
    return {
      dialled: (call: { sipCallId: string; remote: string }) => {
        dispatch({ kind: 'customerDialled', ...call });
      },
      rang: () => {
        dispatch({ kind: 'customerRang' });
      },
      answered: (agreed: AgreedMedia) => {
        configure(agreed);
        dispatch({ kind: 'customerAnswered', codec: agreed.codec });
      },
      failed: (failure: { sipStatus: number; code: string | undefined }) => {
        this.line = undefined;
        dispatch({ kind: 'customerFailed', ...failure });
      },
      ended: (end: Omit<Extract<CallEvent, { kind: 'customerEnded' }>, 'kind'>) => {
        this.line = undefined;
        dispatch({ kind: 'customerEnded', ...end });
      },
      changed: configure,
    };
  }

  /** Tells the customer who calls. */
  greet(): void {
    const { around, customerLeg, prompts, dispatch } = this.options;
    void around.media.play(customerLeg, this.once(prompts.greeting)).then(() => {
      dispatch({ kind: 'greeted' });
    });
  }

  hangUp(): void {
    this.dropped = true;
    this.goOn?.();
    this.line?.hangUp();
    this.line = undefined;
  }
}
