import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { Actor } from '@patchbay/bus/actor';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { RecordingPart, RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { ContactAssigned, ContactOverflowed } from '@patchbay/contracts/routing/v1/routing_event';
import { startRecording } from '@patchbay/recording/service';
import { amplitudeAt, channelOf } from '@patchbay/recording/testing/tones';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { RunningService } from '@patchbay/runtime/run-service';
import { eventually } from '@patchbay/testkit/eventually';
import { agentActor } from '../support/robot-centre.ts';
import { tenant } from '../support/voice/voice-centre.ts';
import { names, pick, story, untilEnded, useVoiceCentre, voice, waitingCaller } from '../support/voice/voice-calls.ts';

let recorder: RunningService;

// Before the bus goes.
afterAll(() => recorder.stop());
useVoiceCentre();

beforeAll(async () => {
  const config = { natsUrl: voice.nats.url, replicas: 1, lastChunkWaitMs: 2_000, longestMs: 3_600_000, sweepEveryMs: 3_600_000 };
  recorder = await startRecording(config, { name: 'recording', log: silentLogger, metrics: createMetrics('recording'), readiness: createReadiness() });
});

/** A caller whose plan ended with a message, from the tone on. */
async function afterTheTone() {
  const { caller, call, contactId } = await waitingCaller('4000');
  const { requestId } = await voice.centre.routing.request(contactId);
  const before = voice.centre.contacts();
  await voice.centre.routing.write(ContactOverflowed, contactId, { requestId, fromQueue: 'billing', toQueue: '', waitedMs: 5n, reason: 'wait', action: 'voicemail', plan: 'day' });
  await eventually('the tone is heard', () => caller.rtp.toneShare(1_000, 300) > 0.98, 15_000);
  await eventually('the tone is over', () => caller.rtp.heard.slice(-10).every(({ payload }) => payload.every((byte) => byte === 0xff)));
  return { caller, call, contactId, before };
}

const quality: Actor = { subject: 'user:qa', kind: 'user', roles: [Role.QA] };

/** The last recording that somebody may hear of a contact. */
async function recordingOf(contactId: string, actor = quality): Promise<Buffer> {
  const client = createRpcClient(voice.centre.bus, RecordingServiceDefinition);
  return eventually('the recording is ready', async () => {
    const parts: Uint8Array[] = [];
    for await (const { chunk } of client.readRecording({ contactId, part: RecordingPart.AUDIO }, { tenant, actor })) parts.push(chunk);
    return Buffer.concat(parts);
  }, 15_000);
}

describe('a message', () => {
  test('is recorded to the hash key, and somebody is to call back', async () => {
    const { caller, call, contactId, before } = await afterTheTone();
    caller.rtp.startTone(call.media(), 440);
    const from = caller.rtp.heard.length;
    await eventually('three seconds were said', () => caller.rtp.heard.length > from + 150, 10_000);
    caller.rtp.stopTone();
    caller.rtp.sendKey(call.media(), 11);
    expect((await call.ended).cause).toBe('bye');
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ by: Party.CUSTOMER, reason: EndReason.SELF_SERVED, code: 'voicemail' });
    const followUpId = await voice.centre.contact(before);
    const followUp = await story(followUpId);
    expect(pick(followUp, 'patchbay.contact.v1.ContactStarted')[0]?.event).toMatchObject({ parentContactId: contactId, attributes: [{ name: 'call_back', value: 'voicemail' }], customer: { address: '8613800001234' } });
    expect(pick(followUp, 'patchbay.contact.v1.RoutingRequested')[0]?.event).toMatchObject({ queue: 'billing', callBack: { numberConfirmed: true } });
    const wav = await recordingOf(contactId);
    expect(amplitudeAt(channelOf(wav, 0), 440, { fromS: 0.5, toS: 2.5 })).toBeGreaterThan(6_000);
    // Who follows it up hears it, and nobody else who is an agent.
    await voice.centre.routing.write(ContactAssigned, followUpId, ContactAssigned.fromPartial({ contactId: followUpId, assignmentId: 'follow-up', agentId: '1001' }));
    expect(Buffer.compare(await recordingOf(followUpId, agentActor('1001')), wav)).toBe(0);
    const strangers = createRpcClient(voice.centre.bus, RecordingServiceDefinition).listRecordings({ contactId: followUpId }, { tenant, actor: agentActor('1002') });
    await expect(strangers).rejects.toMatchObject({ code: 'RECORDING_FORBIDDEN' });
  });

  test('without a word leaves nothing to follow up', async () => {
    const { call, contactId, before } = await afterTheTone();
    call.hangUp();
    const facts = await untilEnded(contactId);
    expect(pick(facts, 'patchbay.contact.v1.ContactEnded')[0]?.event).toMatchObject({ code: 'voicemail' });
    expect(await names(contactId)).not.toContain('ContactConnected');
    expect(voice.centre.contacts()).toBe(before);
  });
});
