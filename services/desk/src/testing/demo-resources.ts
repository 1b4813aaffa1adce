import { Resource, Role, WrapUpMode, type Disposition } from '@patchbay/contracts/directory/v1/resource';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';

const tenant = 'demo';

function titles(zh: string, en: string): Record<string, string> {
  return { 'zh-CN': zh, en };
}

function disposition(code: string, zh: string, en: string, children: Disposition[] = []): Disposition {
  return { code, titles: titles(zh, en), children };
}

function queue(name: string, zh: string, en: string, wrapUpMode: WrapUpMode = WrapUpMode.MANDATORY_TIMED): Resource {
  return Resource.fromPartial({
    kind: 'Queue',
    name,
    revision: 1n,
    spec: {
      $case: 'queue',
      value: {
        titles: titles(zh, en),
        wrapUp: { mode: wrapUpMode, limitSeconds: 90, extensionSeconds: 60, dispositions: 'service' },
        serviceLevel: { seconds: 20, pct: 80 },
      },
    },
  });
}

function agent(name: string, displayName: string, agentNo: string, team: string): Resource {
  return Resource.fromPartial({ kind: 'Agent', name, revision: 1n, spec: { $case: 'agent', value: { displayName, agentNo, team, queues: ['billing', 'fault'] } } });
}

function user(name: string, displayName: string, roles: Role[], agentName: string, language = 'zh-CN'): Resource {
  return Resource.fromPartial({ kind: 'User', name, revision: 1n, spec: { $case: 'user', value: { displayName, roles, agent: agentName, language } } });
}

/** A small centre for tests. */
export function demoResources(): Resource[] {
  return [
    Resource.fromPartial({
      kind: 'Tenant',
      name: tenant,
      revision: 1n,
      spec: { $case: 'tenant', value: { titles: titles('示例客服中心', 'Sample centre'), timeZone: 'Asia/Shanghai', language: 'zh-CN' } },
    }),
    queue('billing', '费用咨询', 'Billing'),
    queue('fault', '故障申告', 'Faults'),
    queue('vip', '贵宾专席', 'VIP desk'),
    queue('business', '业务办理', 'Orders'),
    queue('complaint', '投诉受理', 'Complaints'),
    queue('mail', '邮件服务', 'Mail', WrapUpMode.OPTIONAL),
    Resource.fromPartial({
      kind: 'DispositionTree',
      name: 'service',
      revision: 1n,
      spec: {
        $case: 'dispositionTree',
        value: {
          dispositions: [
            disposition('fee', '费用', 'Fees', [
              disposition('fee.bill', '账单解释', 'Bill explained'),
              disposition('fee.refund', '退费申请', 'Refund asked'),
              disposition('fee.plan', '套餐变更', 'Plan changed'),
            ]),
            disposition('fault', '故障', 'Fault', [
              disposition('fault.broadband', '宽带不通', 'Broadband down'),
              disposition('fault.slow', '网速慢', 'Slow line'),
              disposition('fault.visit', '预约上门', 'Visit booked'),
            ]),
            disposition('complaint', '投诉', 'Complaint'),
            disposition('other', '其他', 'Other'),
          ],
        },
      },
    }),
    agent('8001', '坐席 8001', '8001', '一组'),
    agent('8002', '坐席 8002', '8002', '一组'),
    user('8001', '坐席 8001', [Role.AGENT], '8001'),
    user('8002', 'Agent 8002', [Role.AGENT, Role.TEAM_LEAD], '8002', 'en'),
    user('chief', '监控席', [Role.MANAGER], ''),
  ];
}

/** What the channels of the small centre can do. */
export function demoChannels(): Capabilities[] {
  const channel = (name: string, zh: string, en: string, voice = false) => Capabilities.fromPartial({ channel: name, labels: titles(zh, en), voice, maxTextBytes: name === 'wechat' ? 2048 : 0 });
  return [channel('voice', '电话', 'Phone', true), channel('webchat', '网页', 'Web chat'), channel('wechat', '微信', 'WeChat'), channel('email', '邮件', 'E-mail')];
}
