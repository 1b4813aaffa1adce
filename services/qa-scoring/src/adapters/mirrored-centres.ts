import { readFile } from 'node:fs/promises';
import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { parse } from 'yaml';
import { parseRuleSet } from '../domain/parse-rule-set.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import { runRuleTests } from '../domain/run-rule-tests.ts';
import { qaError } from '../errors.ts';
import type { Centres, RuleSetInUse } from '../ports.ts';

/** Zone of a tenant that names none. */
const usualTimeZone = 'Asia/Shanghai';
const longestDefinition = 2 * 1024 * 1024;

/** Reads the rule set the service brings. QA_BAD_RULE_SET when the file is not right, which the unit tests would have told. */
async function readBuiltIn(): Promise<RuleSet> {
  const file = new URL('../../rule-sets/default.yaml', import.meta.url);
  return readDefinition(parse(await readFile(file, 'utf8')), 'builtin');
}

function readDefinition(definition: unknown, name: string): RuleSet {
  const parsed = parseRuleSet(definition);
  // A rule that does not do what its own tests say is as wrong as one that cannot be read.
  const faults = 'faults' in parsed ? parsed.faults : runRuleTests(parsed.ruleSet);
  if ('ruleSet' in parsed && faults.length === 0) return parsed.ruleSet;
  throw qaError('QA_BAD_RULE_SET', { details: { ruleSet: name, ...Object.fromEntries(faults.map((fault, index) => [String(index + 1), fault])) } });
}

function parseJson(text: string, name: string): unknown {
  if (text.length > longestDefinition) throw qaError('QA_BAD_RULE_SET', { details: { ruleSet: name, limit: String(longestDefinition) } });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw qaError('QA_BAD_RULE_SET', { cause: error, details: { ruleSet: name } });
  }
}

/** Queues, rule sets and zones of all tenants out of the directory's table, live, also while the directory is away. */
export async function createMirroredCentres(bus: BusConnection): Promise<Centres & { stop(): void }> {
  const builtIn: RuleSetInUse = { name: 'builtin', revision: 0n, ruleSet: await readBuiltIn() };
  /** Rule sets that are right, by key: a wrong revision leaves the last good one in place. */
  const ruleSets = new Map<string, RuleSetInUse>();

  function takeRuleSet(key: string, resource: Resource | undefined): void {
    if (resource?.spec?.$case !== 'ruleSet') {
      ruleSets.delete(key);
      return;
    }
    try {
      const ruleSet = readDefinition(parseJson(resource.spec.value.definitionJson, resource.name), resource.name);
      ruleSets.set(key, { name: resource.name, revision: resource.revision, ruleSet });
    } catch (error) {
      bus.log.error('rule set was not taken', { error, key });
    }
  }

  const decode = (bytes: Uint8Array) => Resource.decode(bytes);
  const queues = await mirrorKv(bus, { bucket: 'directory', prefix: '*.Queue', decode });
  const tenants = await mirrorKv(bus, { bucket: 'directory', prefix: '*.Tenant', decode });
  const rules = await mirrorKv(bus, { bucket: 'directory', prefix: '*.RuleSet', decode, onChange: takeRuleSet });
  return {
    ruleSetFor(tenant, queue) {
      const spec = queues.get(`${tenant}.Queue.${queue}`)?.spec;
      const named = spec?.$case === 'queue' && spec.value.ruleSet !== '' ? spec.value.ruleSet : 'default';
      return ruleSets.get(`${tenant}.RuleSet.${named}`) ?? ruleSets.get(`${tenant}.RuleSet.default`) ?? builtIn;
    },
    timeZoneOf(tenant) {
      const spec = tenants.get(`${tenant}.Tenant.${tenant}`)?.spec;
      return spec?.$case === 'tenant' && spec.value.timeZone !== '' ? spec.value.timeZone : usualTimeZone;
    },
    stop() {
      for (const mirror of [queues, tenants, rules]) mirror.stop();
    },
  };
}
