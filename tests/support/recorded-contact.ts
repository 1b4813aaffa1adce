import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { publishAudio } from '@patchbay/bus/media';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { MessageReceived, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { LegAnswered, LegEnded, LegStarted } from '@patchbay/contracts/voice/v1/voice_event';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';

/** Writes the facts of one contact as its channel, routing and the gateway would. */
export function createContactWriter(bus: BusConnection, contactId: string, startMs: number) {
  const tenant = 'demo';
  const at = (second: number) => startMs + second * 1_000;
  const write = async (codec: { $type: string; fromPartial(event: never): object }, second: number, event: object): Promise<void> => {
    const known = codec as typeof ContactStarted;
    await appendFacts(bus, [newFact(known, { tenant, key: contactId, timeMs: at(second), event: known.fromPartial({ contactId, ...event }) })]);
  };
  const text = (words: string) => [{ part: { $case: 'text' as const, value: { text: words } } }];
  return {
    contactId,
    started: (second: number, channel: string) => write(ContactStarted, second, { channel }),
    assigned: (second: number, agentId: string, queue: string) => write(ContactAssigned, second, { assignmentId: `a-${agentId}`, offerId: `o-${agentId}`, agentId, queue }),
    connected: (second: number, agentId: string) => write(ContactConnected, second, { assignmentId: `a-${agentId}`, agentId }),
    received: (second: number, messageId: string, words: string) => write(MessageReceived, second, { messageId, content: text(words) }),
    sent: (second: number, messageId: string, agentId: string, words: string) => write(MessageSent, second, { messageId, by: Party.AGENT, agentId, content: text(words) }),
    legAnswered: async (second: number, legId: string, party: Party) => {
      await write(LegStarted, second, { legId, party });
      await write(LegAnswered, second, { legId, codec: 'PCMU' });
    },
    legEnded: (second: number, legId: string) => write(LegEnded, second, { legId, sipStatus: 200 }),
    ended: (second: number, by: Party = Party.CUSTOMER) => write(ContactEnded, second, { by, reason: by === Party.AGENT ? EndReason.AGENT_ENDED : EndReason.CUSTOMER_LEFT }),
    sound: async (chunks: readonly AudioChunk[]) => void (await Promise.all(chunks.map((chunk) => publishAudio(bus, { tenant, chunk })))),
  };
}
