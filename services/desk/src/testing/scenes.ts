import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { SlotStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactIdentified } from '@patchbay/contracts/contact/v1/contact_event';
import { ContactOutcome, ContactStatus, Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { SlaKind, SlaStarted, SlaWarned } from '@patchbay/contracts/routing/v1/routing_event';
import { RecordingStarted, RecordingReady } from '@patchbay/contracts/recording/v1/recording_event';
import { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import { WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import { LegAnswered, LegStarted } from '@patchbay/contracts/voice/v1/voice_event';
import { MessageFailed } from '@patchbay/contracts/message/v1/message_event';
import type { FakeDesk } from './fake-desk.ts';

const teams = ['一组', '二组', '三组', '四组', '五组', '夜班组'];

/** A number from 0 to 1 that is the same every time for the same place. */
function chance(place: number, salt: number): number {
  const value = Math.sin(place * 127.1 + salt * 311.7) * 43_758.5453;
  return value - Math.floor(value);
}

function slotFor(place: number, nowMs: number, state: SlotStatus['state'], channel: string): SlotStatus {
  return SlotStatus.fromPartial({
    slot: `${channel}.0`,
    state,
    contactId: `contact-${place}`,
    queue: 'billing',
    channel,
    since: new Date(nowMs - 5_000 - chance(place, 3) * 420_000),
  });
}

/** A centre at work: many agents, six queues, one of them in trouble. */
export function fillWall({ centre }: FakeDesk, agentCount = 1_000): void {
  const nowMs = Date.now();
  const since = (place: number, most: number) => new Date(nowMs - chance(place, 9) * most);
  for (let place = 0; place < agentCount; place += 1) {
    const dice = chance(place, 1);
    const agentId = `agent-${place}`;
    const agentNo = String(10_001 + place);
    const base = { agentId, name: `坐席 ${agentNo}`, agentNo, team: teams[place % teams.length] ?? '', handledToday: Math.floor(chance(place, 7) * 60), since: since(place, 1_500_000) };
    if (dice < 0.16) centre.agents.set(agentId, full({ ...base, state: AgentState.READY }));
    else if (dice < 0.62) {
      const channel = chance(place, 2) < 0.6 ? 'voice' : 'webchat';
      const slots = [slotFor(place, nowMs, SlotState.ENGAGED, channel), ...(channel === 'webchat' && chance(place, 4) < 0.5 ? [slotFor(place + 5_000, nowMs, SlotState.ENGAGED, 'wechat')] : [])];
      centre.agents.set(agentId, full({ ...base, state: AgentState.READY, slots }));
    } else if (dice < 0.72) centre.agents.set(agentId, full({ ...base, state: AgentState.READY, slots: [slotFor(place, nowMs, SlotState.WRAP_UP, 'voice')] }));
    else if (dice < 0.76) centre.agents.set(agentId, full({ ...base, state: AgentState.READY, slots: [slotFor(place, nowMs, SlotState.RESERVED, 'voice')] }));
    else if (dice < 0.82) centre.agents.set(agentId, full({ ...base, state: AgentState.NOT_READY, reason: dice < 0.79 ? 'missed' : '' }));
    else if (dice < 0.9) centre.agents.set(agentId, full({ ...base, state: AgentState.BREAK, reason: ['meal', 'meeting', 'training', 'rest'][place % 4] ?? '' }));
    else if (dice < 0.908) centre.agents.set(agentId, full({ ...base, state: AgentState.UNREACHABLE }));
    else centre.agents.set(agentId, full({ ...base, state: AgentState.SIGNED_OUT }));
  }
  const rows: [queue: string, waiting: number, oldestSeconds: number, offered: number, inTargetPct: number, abandonPct: number, signedIn: number, available: number][] = [
    ['billing', 3, 18, 2_841, 88, 2.1, 240, 31],
    ['fault', 27, 148, 3_120, 54, 11.3, 310, 0],
    ['vip', 0, 0, 412, 97, 0.4, 60, 22],
    ['business', 6, 71, 1_930, 76, 6.2, 180, 9],
    ['complaint', 1, 9, 655, 91, 1.8, 90, 14],
    ['mail', 12, 340, 388, 82, 0, 40, 6],
  ];
  for (const [queue, waiting, oldestSeconds, offered, inTargetPct, abandonPct, signedIn, available] of rows) {
    const abandoned = Math.round((offered * abandonPct) / 100);
    const answered = offered - abandoned - waiting;
    centre.setQueue({
      queue,
      waiting,
      offered: Math.min(waiting, 4),
      engaged: Math.round(signedIn * 0.55),
      ...(waiting > 0 ? { oldestEnqueuedAt: new Date(nowMs - oldestSeconds * 1_000) } : {}),
      agentsSignedIn: signedIn,
      agentsAvailable: available,
      offeredToday: BigInt(offered),
      answeredToday: BigInt(answered),
      abandonedToday: BigInt(abandoned),
      shortAbandonedToday: BigInt(Math.round(abandoned * 0.2)),
      answeredInTargetToday: BigInt(Math.round((answered * inTargetPct) / 100)),
      answeredWaitMsToday: BigInt(answered * 11_000),
    });
  }

  function full(partial: { agentId: string } & Record<string, unknown>) {
    return { ...centre.agent('8001'), slots: [], reason: '', pendingReason: '', pendingState: AgentState.UNSPECIFIED, queues: ['billing'], idleSince: undefined, ...partial };
  }
}

/** A contact that is being served by the agent. */
async function inHand({ centre }: FakeDesk, agent: string, start: Parameters<FakeDesk['centre']['start']>[0]): Promise<string> {
  const contactId = await centre.start(start);
  await centre.offer(contactId, agent);
  await centre.accept(contactId);
  return contactId;
}

/** The desk of an agent in the middle of a morning: a chat, a WeChat contact, a call, and records of before. */
export async function fillDesk(desk: FakeDesk, agent = '8001'): Promise<{ chat: string; wechat: string; call: string }> {
  const { centre } = desk;
  const attributes = { 套餐: '畅享 199', 客户编号: 'C-20394', 最近订单: '账单 2026-10' };
  const chat = await inHand(desk, agent, { channel: 'webchat', queue: 'billing', name: '顾客甲', address: '13812348888', addressType: 'tel', summary: '十月账单', attributes, agoMs: 260_000, conversationId: 'matter-1' });
  await centre.append(ContactIdentified, chat, { contactId: chat, customerId: 'customer-1', confidence: 1, customerValue: 90 });
  await centre.receive(chat, '您好，我想问一下十月份的账单，比上个月多了三十多块。', 240_000);
  await centre.sent(chat, '顾客甲您好，工号 8001 为您服务。请稍等，我帮您查一下十月份的账单明细。', 'command-1', 205_000);
  await centre.receive(chat, '好的', 190_000);
  await centre.sent(chat, '查到了：多出来的 32.50 元是十月 14 日订购的流量包，有效期一个月，不会自动续订。', 'command-2', 120_000);
  await centre.receive(chat, '这个流量包我没有印象，可以退吗？', 42_000);
  await centre.append(SlaStarted, chat, { contactId: chat, kind: SlaKind.RESOLUTION, policy: 'text', queue: 'billing', dueAt: new Date(Date.now() + 1_500_000) });
  const wechat = await inHand(desk, agent, { channel: 'wechat', queue: 'fault', name: '顾客丁', address: 'oPx7f0aB3cD9eF2gH1iJ', addressType: 'wechat_openid', agoMs: 130_000 });
  await centre.receive(wechat, '家里宽带从昨晚开始就断了', 110_000);
  await centre.sent(wechat, '您好，请问光猫的光信号灯是红色还是绿色？', 'command-3', 70_000);
  await centre.append(SlaStarted, wechat, { contactId: wechat, kind: SlaKind.NEXT_RESPONSE, policy: 'text', queue: 'fault', dueAt: new Date(Date.now() + 20_000) });
  await centre.append(SlaWarned, wechat, { contactId: wechat, kind: SlaKind.NEXT_RESPONSE, policy: 'text', queue: 'fault', dueAt: new Date(Date.now() + 20_000) });
  await centre.receive(wechat, '红色的', 15_000);
  await centre.receive(wechat, '一直在闪', 9_000);
  const call = await inHand(desk, agent, { channel: 'voice', queue: 'business', name: '', address: '13966667777', addressType: 'tel', agoMs: 95_000 });
  await centre.append(LegStarted, call, { contactId: call, legId: 'a', party: Party.CUSTOMER, inbound: true }, 95_000);
  await centre.append(LegAnswered, call, { contactId: call, legId: 'a', codec: 'PCMA' }, 93_000);
  await centre.append(LegStarted, call, { contactId: call, legId: 'b', party: Party.AGENT, agentId: agent }, 80_000);
  await centre.append(LegAnswered, call, { contactId: call, legId: 'b', codec: 'PCMA' }, 76_000);
  await centre.append(RecordingStarted, call, { contactId: call, recordingId: 'r' }, 76_000);
  desk.services.records = ['账单解释', '宽带报修', '套餐变更', '发票补寄'].map((summary, index) =>
    Contact.fromPartial({
      contactId: `record-${index}`,
      conversationId: index === 0 ? 'matter-1' : `matter-${index + 5}`,
      channel: ['voice', 'wechat', 'webchat', 'email'][index] ?? 'voice',
      queue: ['billing', 'fault', 'business', 'mail'][index] ?? '',
      agentId: agent,
      customer: { type: 'tel', address: '138****8888', displayName: ['顾客甲', '顾客乙', '', '顾客丙'][index] ?? '' },
      summary: index === 2 ? '' : summary,
      status: ContactStatus.CLOSED,
      outcome: ContactOutcome.HANDLED,
      disposition: ['fee.bill', 'fault.broadband', 'fee.plan', 'other'][index] ?? '',
      startedAt: new Date(Date.now() - (index + 1) * 5_400_000),
      endedAt: new Date(Date.now() - (index + 1) * 5_400_000 + 400_000),
    }),
  );
  return { chat, wechat, call };
}

/** A contact that waits, in the record, too. */
export async function addWaiting({ centre, services }: FakeDesk, queue = 'billing'): Promise<string> {
  const contactId = await centre.start({ channel: 'webchat', queue, name: '顾客戊', address: '13812348888', addressType: 'tel', summary: '十月账单', agoMs: 95_000 });
  const record = { contactId, channel: 'webchat', queue, status: ContactStatus.QUEUED, summary: '十月账单', enqueuedAt: new Date(Date.now() - 95_000), customer: { type: 'tel', address: '13812348888', displayName: '顾客戊' } };
  services.records = [...services.records, Contact.fromPartial(record)];
  services.waiting = [...services.waiting, WaitingContact.fromPartial({ contactId, queue, channel: 'webchat', enqueuedAt: record.enqueuedAt, priority: 60, because: 'agents_busy' })];
  return contactId;
}

/** A message to the contact that the platform refused. */
export async function addFailedMessage({ centre }: FakeDesk, contactId: string): Promise<void> {
  await centre.append(MessageFailed, contactId, { contactId, messageId: 'm-failed', commandId: 'command-failed', code: 'WECHAT_WINDOW_CLOSED', agentId: '8001' }, 1_000);
}

/** A call that is over, closed, recorded and scored. */
export async function addClosedCall(desk: FakeDesk, agent = '8001'): Promise<string> {
  const { centre } = desk;
  const call = await inHand(desk, agent, { channel: 'voice', queue: 'billing', name: '顾客乙', address: '13700001111', addressType: 'tel', agoMs: 600_000 });
  await centre.end(call);
  await centre.close(call, 'fee.bill', '已解释账单');
  await centre.append(RecordingReady, call, { contactId: call, recordingId: 'recording-1', durationMs: 12_000n });
  await centre.append(ContactScored, call, { contactId: call, scoreId: 's', scorePct: 86 });
  return call;
}
