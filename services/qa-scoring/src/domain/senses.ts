/** A sense as a rule file spells it. */
export interface SenseDefinition {
  before?: readonly string[];
  after?: readonly string[];
  chars?: number;
}

/**
 * Senses every rule set knows; a file may add to them or give its own of the same name. Whether the words around a find
 * give it another meaning is a matter of a few signs, so a window does better than segmentation: the common segmenters
 * split 不知道 and 喂食 and glue 好像是.
 */
export const commonSenses: Readonly<Record<string, SenseDefinition>> = {
  /** The words of somebody else: 您刚才说…. */
  reported_speech: {
    before: ['您说', '您刚才说', '您刚说', '您刚刚说', '您提到', '您反映', '您讲', '您描述', '您认为', '您觉得', '客户说', '对方说', '您所说', '您写', 'you said', 'you mentioned', 'you say', 'you told'],
    chars: 8,
  },
  /** A polite question: 不知道您方便不方便. */
  indirect_question: {
    before: ['请问', '想知道'],
    after: ['您', '是否', '能否', '可否', '有没有', '是不是', '可不可以', '方不方便', '能不能', 'if you', 'whether'],
    chars: 3,
  },
  /** The customer is who does not know: 如果您不知道…. */
  about_customer: { before: ['如果', '如果您', '要是', '要是您', '假如您', '万一', '万一您', 'if you'], chars: 1 },
  /** The same without an if: 您不知道的话. */
  customer_subject: { before: ['您', '您也', '您还', '您若', '客户'], chars: 0 },
  /** Two negations say yes: 不会不知道. */
  double_negation: { before: ['不会', '不是', '并非', '没有', '绝不'], chars: 1 },
  /** 可能不可能, 能不能. */
  a_not_a: { before: ['可能', '可'], chars: 0 },
  /** What is owed or meant to be, not a guess: 应该缴纳, 应该享有. */
  obligation: { after: ['缴', '交', '付', '支付', '还款', '退', '收取', '享有', '享受', '负责', '赔', '做的', '的'], chars: 0 },
  /** A picture, not a guess: 好像…一样. */
  simile: { after: ['一样', '一般', '似的'], chars: 8 },
};
