import { describe, expect, test } from '@jest/globals';
import { Capabilities, Support } from '@patchbay/contracts/channel/v1/capabilities';
import { MediaKind, type Content } from '@patchbay/contracts/message/v1/content';
import { degrade, type DegradeOptions } from './degrade.ts';

const pager = Capabilities.fromPartial({
  channel: 'pager',
  kinds: [
    { kind: 'text', support: Support.NATIVE },
    ...['html', 'media', 'location', 'link', 'choice', 'choice_reply', 'unsupported'].map((kind) => ({ kind, support: Support.DEGRADED })),
    { kind: 'media.image', support: Support.NATIVE },
    { kind: 'media.sticker', support: Support.NONE },
  ],
  maxTextBytes: 60,
});
const rich = Capabilities.fromPartial({ kinds: [{ kind: 'choice', support: Support.NATIVE }, { kind: 'text', support: Support.NATIVE }], maxOptions: 3 });

const text = (value: string): Content => ({ part: { $case: 'text', value: { text: value } } });
const media = (kind: MediaKind, name: string, caption = ''): Content => ({
  part: { $case: 'media', value: { kind, caption, object: { object: 'o/1', sha256: '00', sizeBytes: 10n, mime: 'x/y', name } } },
});
const choice = (...labels: string[]): Content => ({
  part: { $case: 'choice', value: { prompt: '请选择', options: labels.map((label, index) => ({ id: `id${index}`, label })) } },
});
const image = media(MediaKind.IMAGE, 'a.png');

/** Content, what the pager shows, what was lost. */
const golden: readonly [string, Content[], Content[], string[], DegradeOptions?][] = [
  ['short text as it is', [text('您好')], [text('您好')], []],
  ['long text in parts', [text('第一句话在这里说完。第二句话也在这里说完。第三句。')], [text('第一句话在这里说完。'), text('第二句话也在这里说完。第三句。')], ['text_split']],
  ['a choice as a numbered list', [choice('账单', '物流')], [text('请选择\n1. 账单\n2. 物流\n请回复数字')], ['choice_as_text'], { language: 'zh-CN' }],
  ['a choice for an English reader', [choice('a')], [text('请选择\n1. a\nReply with a number')], ['choice_as_text'], { language: 'en' }],
  ['a taken option as its label', [{ part: { $case: 'choiceReply', value: { id: 'id1', label: '物流' } } }], [text('物流')], ['choice_reply_as_text']],
  ['HTML as text', [{ part: { $case: 'html', value: { object: undefined, text: '<p>A&amp;B</p>' } } }], [text('A&B')], ['html_as_text']],
  ['a picture as it is', [image], [image], []],
  ['a file as its link', [media(MediaKind.FILE, 'bill.pdf', '账单')], [text('账单\n[文件] bill.pdf\nhttps://x.test/o')], ['media_as_link'], { language: 'zh-CN', linkTo: () => 'https://x.test/o' }],
  ['a file as its name when there is no link', [media(MediaKind.FILE, 'bill.pdf')], [text('[文件 / file] bill.pdf')], ['media_as_text']],
  ['a place as words', [{ part: { $case: 'location', value: { latitude: 31.2304, longitude: 121.4737, label: '外滩' } } }], [text('外滩 (31.23040,121.47370)')], ['location_as_text']],
  ['a link as words', [{ part: { $case: 'link', value: { url: 'https://x.test', title: 'T', description: '' } } }], [text('T\nhttps://x.test')], ['link_as_text']],
  ['an unknown kind as its words', [{ part: { $case: 'unsupported', value: { kind: 'poll', raw: undefined, text: '投票' } } }], [text('投票')], ['unsupported_as_text']],
  ['a sticker not at all', [media(MediaKind.STICKER, 's'), text('hi')], [text('hi')], ['part_left_out']],
  ['a kind without a row not at all', [{ part: { $case: 'system', value: { code: 'x' } } }], [], ['part_left_out']],
  ['an empty part not at all', [{ part: undefined }, text('')], [], ['part_left_out']],
  ['text without NUL and lone surrogates', [text('a\0b\ud800')], [text('ab\ufffd')], []],
];

describe('degrading', () => {
  test.each(golden.map(([name, content, shown, degradations, options = {}]) => ({ name, content, shown, degradations, options })))('shows $name', (row) => {
    expect(degrade(row.content, pager, row.options)).toEqual({ content: row.shown, degradations: row.degradations });
  });

  test('a choice with more options than the channel takes becomes text', () => {
    expect(degrade([choice('a', 'b', 'c')], rich)).toEqual({ content: [choice('a', 'b', 'c')], degradations: [] });
    const more = Capabilities.fromPartial({ ...rich, kinds: [...rich.kinds] });
    expect(degrade([choice('a', 'b', 'c', 'd')], more).degradations).toEqual(['choice_as_text']);
  });
});
