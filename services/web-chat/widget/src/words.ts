/** Words of the widget. */
export interface Words {
  /** Language tag, for times. */
  readonly language: string;
  readonly open: string;
  readonly close: string;
  readonly end: string;
  readonly endSure: string;
  readonly send: string;
  readonly placeholder: string;
  readonly log: string;
  readonly you: string;
  readonly agent: string;
  readonly bot: string;
  readonly system: string;
  readonly start: string;
  readonly waiting: string;
  /** Status while a message is asked for, and once it was left. */
  readonly message: string;
  readonly left: string;
  readonly messagePlaceholder: string;
  readonly name: string;
  readonly reach: string;
  readonly leave: string;
  readonly connected: (agent: string) => string;
  readonly ended: Readonly<Record<string, string>>;
  readonly offline: string;
  readonly unavailable: string;
  readonly sending: string;
  readonly failed: string;
  readonly tooLong: string;
  readonly unread: (count: number) => string;
}

const zh: Words = {
  language: 'zh-CN',
  open: '打开在线客服',
  close: '收起',
  end: '结束对话',
  endSure: '再点一次结束',
  send: '发送',
  placeholder: '请输入消息',
  log: '对话记录',
  you: '我',
  agent: '客服',
  bot: '机器人',
  system: '系统',
  start: '请输入您的问题，我们会尽快为您安排客服。',
  waiting: '正在为您转接客服，请稍候…',
  message: '暂无空闲客服，请留言',
  left: '留言已收到，客服会在这里回复',
  messagePlaceholder: '请输入留言内容',
  name: '您的称呼（选填）',
  reach: '电话或邮箱（选填）',
  leave: '提交留言',
  connected: (agent) => (agent === '' ? '客服已接入' : `客服 ${agent} 已接入`),
  ended: { visitor: '您已结束对话', agent: '客服已结束对话', refused: '对话已结束', expired: '等待超时，对话已结束', idle: '长时间没有消息，对话已结束', failed: '对话已结束' },
  offline: '连接中断，正在重新连接…',
  unavailable: '在线客服暂不可用',
  sending: '发送中…',
  failed: '未能发送',
  tooLong: '消息太长，请分开发送',
  unread: (count) => `${count} 条未读消息`,
};

const en: Words = {
  language: 'en',
  open: 'Open chat',
  close: 'Minimise',
  end: 'End chat',
  endSure: 'Click again to end',
  send: 'Send',
  placeholder: 'Write a message',
  log: 'Conversation',
  you: 'You',
  agent: 'Agent',
  bot: 'Assistant',
  system: 'System',
  start: 'Tell us what you need and we will find somebody for you.',
  waiting: 'Finding an agent for you…',
  message: 'Nobody is free: leave a message',
  left: 'We have your message and will answer here',
  messagePlaceholder: 'Your message',
  name: 'Your name (optional)',
  reach: 'Phone or e-mail (optional)',
  leave: 'Leave message',
  connected: (agent) => (agent === '' ? 'An agent has joined' : `Agent ${agent} has joined`),
  ended: { visitor: 'You ended the chat', agent: 'The agent ended the chat', refused: 'The chat has ended', expired: 'Nobody was free in time; the chat has ended', idle: 'The chat ended after a long silence', failed: 'The chat has ended' },
  offline: 'Connection lost. Trying again…',
  unavailable: 'Chat is not available here',
  sending: 'Sending…',
  failed: 'Not sent',
  tooLong: 'Too long: please send it in parts',
  unread: (count) => `${count} unread`,
};

/** Words for a language tag; English for languages that are not there. */
export function wordsOf(language: string): Words {
  return language.toLowerCase().startsWith('zh') ? zh : en;
}
