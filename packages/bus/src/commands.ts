import { headers as createHeaders } from '@nats-io/nats-core';
import { SpanKind } from '@opentelemetry/api';
import { EndContact, HoldContact, RetrieveContact, SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { inSpan, traceparentOf } from '@patchbay/runtime/spans';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { ensureConsumer, joinConsumptions, pinnedConsumerConfig, runPinnedConsumer, type Consumption } from './consumption.ts';
import { busError } from './errors.ts';
import { contactAttribute, messagingAttributes } from './fact-trace.ts';
import type { HandlerContext } from './handle-message.ts';
import { commandFilter, commandSubject, partitionCount } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

const codecs = { SendMessage, EndContact, HoldContact, RetrieveContact } as const;

/** Name of a command to a channel. */
export type CommandName = keyof typeof codecs;

/** A command, told apart by `name`. */
export type ChannelCommand = { [Name in CommandName]: { readonly name: Name; readonly command: ReturnType<(typeof codecs)[Name]['decode']> } }[CommandName];

/** A command as its channel gets it. */
export type ReceivedCommand = ChannelCommand & {
  /** Command id, UUIDv7; the same for every delivery. */
  readonly id: string;
  readonly tenant: string;
  readonly channel: string;
  readonly contactId: string;
  /** Place in the stream of commands. */
  readonly sequence: number;
};

/**
 * Stores a command for the service of a channel; resolves when it is on disk. The same command id within ten minutes is
 * stored once, and channels carry an id out once however often it comes.
 */
export async function sendCommand(connection: BusConnection, options: { tenant: string; channel: string } & ChannelCommand): Promise<void> {
  const { name, command } = options;
  const headers = createHeaders();
  headers.set(headerNames.id, command.commandId);
  headers.set(headerNames.messageId, command.commandId);
  headers.set(headerNames.type, codecs[name].$type);
  headers.set(headerNames.source, connection.name);
  headers.set(headerNames.time, new Date(connection.clock.nowMs()).toISOString());
  headers.set(headerNames.tenant, options.tenant);
  const body = (codecs[name].encode as (value: unknown) => { finish(): Uint8Array })(command).finish();
  const subject = commandSubject(options.tenant, options.channel, command.contactId);
  const attributes = messagingAttributes('send', {
    'messaging.destination.name': streams.commands.name,
    'messaging.message.id': command.commandId,
    ...contactAttribute(command.contactId),
  });
  await inSpan(`send ${codecs[name].$type}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    const traceparent = traceparentOf(span);
    if (traceparent !== undefined) headers.set(headerNames.traceparent, traceparent);
    await askAgain(connection, (limitMs) => connection.js.publish(subject, body, { headers, timeout: limitMs }));
  });
}

function decodeCommand(message: { subject: string; data: Uint8Array; headers?: { get(name: string): string } | undefined; seq: number }): ReceivedCommand {
  const [, tenant = '', channel = '', , contactId = ''] = message.subject.split('.');
  const type = message.headers?.get(headerNames.type) ?? '';
  const name = (Object.keys(codecs) as CommandName[]).find((candidate) => codecs[candidate].$type === type);
  if (name === undefined) throw busError('BUS_BAD_MESSAGE', { details: { subject: message.subject, type } });
  try {
    const command = codecs[name].decode(message.data);
    return { name, command, id: command.commandId, tenant, channel, contactId, sequence: message.seq } as ReceivedCommand;
  } catch (error) {
    throw busError('BUS_BAD_MESSAGE', { cause: error, details: { subject: message.subject, type } });
  }
}

/** Commands in hand for each partition; when that many contacts wait for their platform, the partition waits. */
const commandsInFlight = 64;

/**
 * Takes the commands of a channel: those of one contact in order and one at a time, those of up to 64 contacts of a
 * partition side by side, at least once, gone when handled. Faults go the way of facts: in-place retries, then the dead
 * letters; a command that is tried again holds up its own contact only.
 */
export async function consumeCommands(
  connection: BusConnection,
  options: { channel: string; handle(command: ReceivedCommand, context: HandlerContext): Promise<void> },
): Promise<Consumption> {
  const parts = await Promise.all(
    Array.from({ length: partitionCount }, async (_, partition) => {
      const durable = `${connection.name}-${options.channel}-commands-${partition}`;
      const filters = [commandFilter(options.channel, partition)];
      await ensureConsumer(connection, streams.commands.name, pinnedConsumerConfig({ durable, filters, inFlight: commandsInFlight }, connection.replicas));
      return runPinnedConsumer(connection, {
        stream: streams.commands.name,
        durable,
        filters,
        inFlight: commandsInFlight,
        dropsSettled: true,
        handle: async (message, handlerContext) => options.handle(decodeCommand(message), handlerContext),
      });
    }),
  );
  return joinConsumptions(parts);
}
