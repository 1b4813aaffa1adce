import { describe, expect, test } from '@jest/globals';
import { ApplyAction } from '@patchbay/contracts/directory/v1/directory_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import { specFromJson } from './kinds.ts';
import { planApply, type WantedResource } from './plan-apply.ts';

const by = { author: 'user:admin', appliedAt: new Date(1_000) };
const skill = (titles: Record<string, string>) => specFromJson('Skill', { titles });
const wanted = (name: string, titles: Record<string, string>, secretsChanged = false): WantedResource => ({ kind: 'Skill', name, spec: skill(titles), secretsChanged });
const stored = (name: string, titles: Record<string, string>, revision: bigint): Resource => ({ kind: 'Skill', name, revision, author: 'x', appliedAt: new Date(0), spec: skill(titles) });

function plan(resources: readonly WantedResource[], there: readonly Resource[] = [], removed: Readonly<Record<string, bigint>> = {}) {
  const find = (_kind: string, name: string) => there.find((one) => one.name === name);
  return planApply(resources, find, (kind, name) => find(kind, name)?.revision ?? removed[name] ?? 0n, by);
}

describe('an apply', () => {
  test('what stands as the file says keeps its revision, whatever the order of its titles', () => {
    const { results, writes } = plan([wanted('a', { en: 'A', 'zh-CN': '甲' })], [stored('a', { 'zh-CN': '甲', en: 'A' }, 7n)]);
    expect(results).toEqual([{ kind: 'Skill', name: 'a', action: ApplyAction.UNCHANGED, revision: 7n }]);
    expect(writes).toEqual([]);
  });

  test('a change takes the next revision, its author and its time', () => {
    const { results, writes } = plan([wanted('a', { en: 'B' })], [stored('a', { en: 'A' }, 7n)]);
    expect(results[0]).toMatchObject({ action: ApplyAction.CHANGED, revision: 8n });
    expect(writes[0]).toMatchObject({ name: 'a', revision: 8n, ...by });
  });

  test('new secrets are a change although the content is the same', () => {
    expect(plan([wanted('a', { en: 'A' }, true)], [stored('a', { en: 'A' }, 1n)]).results[0]?.action).toBe(ApplyAction.CHANGED);
  });

  test('a name that was removed goes on counting when it comes back', () => {
    expect(plan([wanted('a', { en: 'A' })], [], { a: 4n }).results[0]).toMatchObject({ action: ApplyAction.CREATED, revision: 5n });
  });

  test('what is named is written before what names it, and answered in the order of the files', () => {
    const agent: WantedResource = { kind: 'Agent', name: 'x', spec: specFromJson('Agent', { displayName: 'X' }), secretsChanged: false };
    const { results, writes } = plan([agent, wanted('a', {})]);
    expect(results.map((one) => one.kind)).toEqual(['Agent', 'Skill']);
    expect(writes.map((one) => one.kind)).toEqual(['Skill', 'Agent']);
  });
});
