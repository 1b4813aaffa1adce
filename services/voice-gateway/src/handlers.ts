import type { ReceivedCommand } from '@patchbay/bus/commands';
import { EndContact, HoldContact, RetrieveContact } from '@patchbay/contracts/channel/v1/channel_command';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { CallDesk } from './calls/call-desk.ts';
import type { CallEvent } from './domain/call/call-state.ts';
import { voiceError } from './errors.ts';
import { voiceMetrics } from './metrics.ts';

/** A command in the form in which gateways pass it on to each other. JSON. */
export interface ForwardedCommand {
  readonly tenant: string;
  readonly contactId: string;
  readonly name: 'EndContact' | 'HoldContact' | 'RetrieveContact';
  /** The command in its proto JSON form. */
  readonly command: unknown;
}

/** Passes commands on to the gateway that has the call. */
export interface CommandForwarding {
  readonly instance: string;
  ownerOf(contactId: string): { readonly tenant: string; readonly instance: string } | undefined;
  forward(instance: string, id: string, command: ForwardedCommand): Promise<void>;
}

/** What commands are handled with. */
export interface CommandHandlerOptions {
  readonly desk: CallDesk;
  readonly forwarding: CommandForwarding;
  /** Ends a call-back that no gateway has in hand; false when there is none. */
  cancelCallBack(contactId: string, event: CallEvent & { kind: 'endCommand' }): Promise<boolean>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

function toEvent(name: ForwardedCommand['name'], id: string, command: unknown): CallEvent {
  if (name === 'HoldContact') return { kind: 'holdCommand', id };
  if (name === 'RetrieveContact') return { kind: 'retrieveCommand', id };
  const { by, reason } = command as EndContact;
  return { kind: 'endCommand', id, by, reason };
}

const codecs = { EndContact, HoldContact, RetrieveContact } as const;

/**
 * Carries out commands for calls. At least once: the call remembers the ids of its last commands, and a call that is over
 * takes none. A call of another gateway gets it through the shared state; one that nobody holds is over already, unless it is a
 * call-back that waits.
 */
export function createCommandHandler({ desk, forwarding, cancelCallBack, log, metrics }: CommandHandlerOptions) {
  const handled = metrics.counter(voiceMetrics.voice_commands_total);
  return {
    async handle(received: ReceivedCommand): Promise<void> {
      const { name, command, id, tenant, contactId } = received;
      if (name === 'SendMessage') throw voiceError('VOICE_NO_MESSAGES', { details: { contactId } });
      const call = desk.callOf(tenant, contactId);
      if (call !== undefined) {
        call.dispatch(toEvent(name, id, command));
        handled.inc({ outcome: 'done' });
        return;
      }
      const owner = forwarding.ownerOf(contactId);
      if (owner?.tenant === tenant && owner.instance !== forwarding.instance) {
        const encode = codecs[name].toJSON as (message: unknown) => unknown;
        await forwarding.forward(owner.instance, id, { tenant, contactId, name, command: encode(command) });
        handled.inc({ outcome: 'forwarded' });
        return;
      }
      const event = toEvent(name, id, command);
      if (event.kind === 'endCommand' && (await cancelCallBack(contactId, event))) {
        handled.inc({ outcome: 'done' });
        return;
      }
      log.info('command for a call that is over', { contactId, command: name });
      handled.inc({ outcome: 'over' });
    },
    /** A command that another gateway passed on. */
    takeForwarded(id: string, { tenant, contactId, name, command }: ForwardedCommand): void {
      if (!Object.hasOwn(codecs, name)) return;
      desk.callOf(tenant, contactId)?.dispatch(toEvent(name, id, codecs[name].fromJSON(command)));
    },
  };
}
