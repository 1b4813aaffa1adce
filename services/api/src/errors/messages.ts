/** Languages in which callers are told what went wrong. */
export const languages = ['zh-CN', 'en'] as const;

/** One of them. */
export type Language = (typeof languages)[number];

/**
 * The best language for an `accept-language` value (RFC 9110 section 12.5.4): ranges by weight, then order; a range fits by
 * its primary tag.
 */
export function pickLanguage(acceptLanguage: string | undefined, fallback: string): Language {
  const ranges = (acceptLanguage ?? '')
    .slice(0, 200)
    .split(',')
    .map((range, index) => {
      const [tag = '', ...parameters] = range.trim().split(';');
      const weight = parameters.map((parameter) => /^\s*q=([01](\.\d{0,3})?)\s*$/.exec(parameter)?.[1]).find((found) => found !== undefined);
      return { tag: tag.toLowerCase(), weight: weight === undefined ? 1 : Number(weight), index };
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((left, right) => right.weight - left.weight || left.index - right.index);
  for (const { tag } of [...ranges, { tag: fallback.toLowerCase() }]) {
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh-CN';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return 'en';
}

/** What the codes mean in Chinese; a code without a row is told by its kind. */
export const chineseByCode: Readonly<Record<string, string>> = {
  API_NO_CREDENTIAL: '请求没有携带凭证，请先登录或提供 API 密钥。',
  API_BAD_CREDENTIAL: '凭证无效或已失效，请重新登录。',
  API_FORBIDDEN: '当前账号没有执行此操作的权限。',
  API_NOT_FOUND: '没有找到该对象，或无权查看。',
  API_MALFORMED_REQUEST: '请求内容无法解析，请检查客户端版本。',
  API_BAD_FIELD: '请求中有字段格式不正确。',
  API_REQUEST_TOO_LARGE: '请求过大，请分批提交。',
  API_BUSY: '服务器繁忙，请稍后重试。',
  API_RATE_LIMITED: '尝试次数过多，请稍后重试。',
  API_DRAINING: '服务器即将停止，请重新连接。',
  API_BAD_RESUME_TOKEN: '续传令牌无效。',
  RESUME_TOKEN_EXPIRED: '续传令牌已过期，请重新获取当前状态后再订阅。',
  DIRECTORY_INVALID_RESOURCES: '配置文件有误，未做任何修改；请按列出的问题逐一改正。',
  DIRECTORY_PARSE_TIMEOUT: '配置文件解析超时，请分批提交。',
  DIRECTORY_UNKNOWN_RESOURCE: '没有该类型和名称的资源。',
  DIRECTORY_BAD_REQUEST: '请求中有字段缺失或格式不正确。',
  DIRECTORY_IN_USE: '该资源正被其他资源引用，不能删除。',
  DIRECTORY_LAST_ADMIN: '这是最后一位管理员，不能删除或降级。',
  DIRECTORY_TENANT_STAYS: '租户不能删除自身。',
  DIRECTORY_LIST_TOO_LONG: '结果过多，请按类型查询或使用订阅。',
  DIRECTORY_FORBIDDEN: '当前账号没有执行此操作的权限。',
  DIRECTORY_BAD_CREDENTIALS: '用户名、密码、令牌或密钥不正确。',
  DIRECTORY_LOCKED_OUT: '失败次数过多，账号已临时锁定，请稍后再试。',
  DIRECTORY_BUSY: '登录人数较多，请稍后重试。',
  DIRECTORY_WEAK_PASSWORD: '密码太短、太长或过于简单，请使用 10 到 256 个字符。',
  DIRECTORY_NO_PHONE: '该坐席没有配置话机。',
  DIRECTORY_UNKNOWN_PHONE: '没有该用户名的话机或未设置话机密码。',
  DIRECTORY_UNKNOWN_KEY: '没有该 API 密钥。',
  DIRECTORY_TOO_MANY_KEYS: 'API 密钥数量已达上限。',
  DIRECTORY_CONFLICT: '他人同时修改了同一内容，请刷新后重试。',
  ROUTING_OFFER_GONE: '该来电或会话已被收回或由他人接起。',
  ROUTING_AGENT_ENGAGED: '坐席仍有未结束的联络，暂时不能签出。',
  ROUTING_FORBIDDEN: '当前账号不能替该坐席操作。',
  ROUTING_OTHER_TEAM: '该坐席属于其他班组，班长只能管理本组坐席。',
  ROUTING_UNKNOWN_CONTACT: '该联络没有在排队，也没有可操作的坐席。',
  ROUTING_UNKNOWN_AGENT: '没有该坐席。',
  ROUTING_UNKNOWN_QUEUE: '没有该队列。',
  ROUTING_QUEUE_CLOSED: '该队列不在服务时间内。',
  ROUTING_AGENT_NOT_FREE: '该坐席未示闲，或没有空闲的接待名额。',
  ROUTING_NOT_TEXT: '通话不能改派，请使用转接。',
  ROUTING_CONTACT_OFFERED: '该联络正在坐席处振铃，请稍后再试。',
  ROUTING_BAD_SKILLS: '技能、等级或截止时间不正确。',
  ROUTING_BAD_PRIORITY: '优先级超出范围。',
  ROUTING_REASON_NEEDED: '请填写原因。',
  ROUTING_REASON_TOO_LONG: '原因不能超过 200 个字符。',
  CRM_CONTACT_UNKNOWN: '没有该联络记录。',
  CRM_CONTACT_ENDED: '该联络已经结束。',
  CRM_NOT_ALLOWED: '当前账号没有执行此操作的权限。',
  CRM_NOT_ASSIGNED: '该联络没有分配给您。',
  ANALYTICS_BAD_SQL: '查询语句不被接受，只能执行一条 SELECT。',
  ANALYTICS_BAD_RANGE: '时间范围不正确。',
  ANALYTICS_TIMEOUT: '查询超时，请缩小范围。',
  RECORDING_UNKNOWN: '没有该录音。',
  RECORDING_NO_TRANSCRIPT: '还没有转写文本。',
  BUS_NO_RESPONDER: '对应的服务没有运行，请稍后重试。',
  BUS_UNAVAILABLE: '消息总线暂时不可用，请稍后重试。',
  BUS_CALL_BROKEN: '处理中断，请重试。',
  RUNTIME_DEADLINE: '处理超时，请稍后重试。',
  RUNTIME_CANCELLED: '请求已取消。',
  RUNTIME_UNEXPECTED: '系统内部错误，请联系管理员并提供跟踪编号。',
};

/** What the kinds of failure mean in Chinese. */
export const chineseByStatus = {
  cancelled: '请求已取消。',
  invalid_argument: '请求内容不正确。',
  deadline_exceeded: '处理超时，请稍后重试。',
  not_found: '没有找到该对象。',
  already_exists: '该对象已存在。',
  permission_denied: '当前账号没有执行此操作的权限。',
  resource_exhausted: '超出限额，请稍后重试。',
  failed_precondition: '当前状态下不能执行此操作。',
  aborted: '操作冲突，请重试。',
  out_of_range: '超出范围。',
  unimplemented: '不支持此操作。',
  internal: '系统内部错误，请联系管理员。',
  unavailable: '服务暂时不可用，请稍后重试。',
  data_loss: '数据已损坏，请联系管理员。',
  unauthenticated: '凭证无效，请重新登录。',
} as const;
