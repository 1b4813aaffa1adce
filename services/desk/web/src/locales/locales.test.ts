import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { en } from './en.ts';
import { zhCn, type TextKey } from './zh-cn.ts';

const keys = Object.keys(zhCn) as TextKey[];
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

test('both languages have the same texts, none empty', () => {
  expect(Object.keys(en).sort()).toEqual([...keys].sort());
  for (const key of keys) expect([key, zhCn[key].trim() !== '' && en[key].trim() !== '']).toEqual([key, true]);
});

test('both languages fill in the same values', () => {
  for (const key of keys) expect([key, placeholders(en[key])]).toEqual([key, placeholders(zhCn[key])]);
});

test('the state vocabulary is that of Chinese centres, word for word', () => {
  const words = ['state.ready', 'state.not_ready', 'state.break', 'activity.reserved', 'activity.wrap_up', 'wrapUp.extend', 'wrapUp.finish', 'reason.meal', 'reason.meeting', 'reason.training'] as const;
  expect(words.map((key) => zhCn[key])).toEqual(['示闲', '示忙', '小休', '预占用', '话后整理', '继续整理', '返回接待', '用餐', '会议', '培训']);
});

test('components hold no words of their own', () => {
  const folder = join(import.meta.dirname, '..');
  const components = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
  expect(components.length).toBeGreaterThan(10);
  const faults = components.flatMap((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    return lines.flatMap((line, index) => {
      const code = line.replace(/\/\/.*|\/\*.*?\*\/|^\s*\*.*/g, '');
      const chinese = /\p{Script=Han}/u.test(code);
      // Words between tags, or given to an attribute that people read or hear.
      const words = />\s*[A-Za-z]{2,}[^<>{}=;()]*<\//.test(code) || /\b(aria-label|placeholder|title|label|alt)="[^"]*[A-Za-z]{2,}/.test(code);
      return chinese || words ? [`${name}:${index + 1}: ${line.trim()}`] : [];
    });
  });
  expect(faults).toEqual([]);
});

test('every text is used', () => {
  const folder = join(import.meta.dirname, '..');
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('locales'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const families = [...source.matchAll(/`([a-zA-Z]+)\.(?:[a-z]+\.)?\$\{/g)].map(([, family]) => `${family ?? ''}.`);
  const unused = keys.filter((key) => !source.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)));
  expect(unused).toEqual([]);
});
