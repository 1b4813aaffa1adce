/** What a customer says, turn by turn, and what the agent answers to each. */
export interface Dialogue {
  name: string;
  /** Of those that are also had by voice: the key of the menu, and the queue behind it. */
  spoken?: { key: string; queue: string };
  turns: readonly { customer: string; agent: string }[];
  /** Disposition codes that fit, by queue. */
  dispositions: Readonly<Record<string, string>>;
}

/** Greetings by the hour, as the hotline rules ask for them. */
export function greeting(hour: number): string {
  if (hour < 5) return '晚上好';
  if (hour < 9) return '早上好';
  if (hour < 12) return '上午好';
  if (hour < 14) return '中午好';
  if (hour < 18) return '下午好';
  return '晚上好';
}

/** First words of an agent. */
export const opening = (hour: number, agentNo: string): string => `${greeting(hour)}，工号${agentNo}为您服务，请问有什么可以帮到您？`;

/** Last words of an agent. */
export const closing = '请问还有什么可以帮您？感谢您的支持，祝您生活愉快，再见！';

export const dialogues: readonly Dialogue[] = [
  {
    name: 'bill',
    spoken: { key: '1', queue: 'billing' },
    turns: [
      { customer: '你好，我这个月的账单怎么比上个月多了很多？', agent: '您好，请您稍等，我帮您查询一下账单明细。' },
      { customer: '好的，谢谢。', agent: '让您久等了，本月多出的费用来自一个增值业务，我可以帮您取消并登记退款，谢谢您的耐心。' },
    ],
    dispositions: { billing: 'question.bill', technical: 'other' },
  },
  {
    name: 'broadband',
    spoken: { key: '2', queue: 'technical' },
    turns: [
      { customer: '宽带从昨天晚上开始一直断线，能帮我看看吗？', agent: '非常对不起给您带来不便，请您确认一下光猫的指示灯是什么颜色？' },
      { customer: '红色的灯在闪。', agent: '谢谢您，这是线路信号的问题，我已经为您登记上门维修，维修人员会在两小时内与您联系。' },
    ],
    dispositions: { billing: 'other', technical: 'fault.visit' },
  },
  {
    name: 'invoice',
    turns: [{ customer: '请问电子发票在哪里下载？', agent: '您好，请登录网上营业厅，在“我的订单”里选择开具发票就可以下载，谢谢。' }],
    dispositions: { billing: 'question.invoice', technical: 'howto' },
  },
  {
    name: 'plan',
    turns: [
      { customer: '我想换一个流量多一点的套餐，有什么推荐？', agent: '您好，请问您每个月大约使用多少流量？' },
      { customer: '大概三十个G吧。', agent: '谢谢您，那我推荐每月40G的套餐，资费是59元，需要我现在为您办理吗？' },
      { customer: '好，办吧。', agent: '已经为您办理成功，下个月一日生效，谢谢。' },
    ],
    dispositions: { billing: 'request.change', technical: 'other' },
  },
];

/** Those that are had by voice. */
export const spokenDialogues: readonly Dialogue[] = dialogues.filter(({ spoken }) => spoken !== undefined);

/** What calls of a queue are about: its own dialogue, or the first one for those whom a plan brought elsewhere, e.g. valued customers. */
export function spokenDialogueOf(queue: string): Dialogue | undefined {
  return spokenDialogues.find(({ spoken }) => spoken?.queue === queue) ?? spokenDialogues[0];
}
