import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import specs from '@asyncapi/specs';
import { describe, expect, test } from '@jest/globals';
import { eventTypes } from '@patchbay/contracts/event-types';
import { consumers } from '@patchbay/local/docs/bus-language';
import { readErrorTables } from '@patchbay/local/docs/errors-page';
import { Ajv, type AnySchemaObject } from 'ajv';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = (file: string) => readFileSync(`${root}/${file}`, 'utf8');
const sourceFiles = (pattern: string) => globSync(pattern, { cwd: root }).filter((file) => !/\.test\.ts$|\/testing\/|\/gen\/|node_modules/.test(file));

interface AsyncApi {
  channels: Record<string, { address: string | null }>;
  components: { messages: Record<string, { payload: { $ref: string }; examples?: { payload: unknown }[] }>; schemas: Record<string, AnySchemaObject> };
}
const document = parse(source('docs/reference/asyncapi.yaml')) as AsyncApi;

test('the generated pages of the reference say what their sources say (npm run docs makes them again)', () => {
  const { stdout, status } = spawnSync(process.execPath, ['deploy/local/bin/docs.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

describe('the AsyncAPI document', () => {
  test('is valid AsyncAPI 3.0', () => {
    // The specification brings its own copy of the schema of schemas.
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    const validate = ajv.compile((specs as { schemas: Record<string, AnySchemaObject> }).schemas['3.0.0'] as AnySchemaObject);
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, channels: { broken: { address: 7 } } })).toBe(false);
  });

  test('points to nothing that is not there', () => {
    const broken: string[] = [];
    const follow = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { $ref } = value as { $ref?: unknown };
      if (typeof $ref === 'string') {
        const found = $ref.slice(2).split('/').reduce<unknown>((place, key) => (place as Record<string, unknown> | undefined)?.[key], document);
        if (found === undefined) broken.push($ref);
      }
      for (const inner of Object.values(value)) follow(inner);
    };
    follow(document);
    expect(broken).toEqual([]);
  });

  test('has an example of every fact, and each fits its schema', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'doc', components: document.components });
    const withExamples = Object.entries(document.components.messages).filter(([, { examples }]) => examples !== undefined);
    expect(withExamples.map(([name]) => name)).toEqual(Object.keys(eventTypes));
    for (const [name, { payload, examples = [] }] of withExamples) {
      const validate = ajv.compile({ $ref: `doc${payload.$ref}` });
      for (const example of examples) {
        expect([name, validate(example.payload), validate.errors]).toEqual([name, true, null]);
      }
      // A schema that takes anything would prove nothing.
      expect([name, validate({ ...(examples[0]?.payload as object), contactId: 7, agentId: 7, queue: 7, kind: 7, chart: 7, plan: 7 })]).toEqual([name, false]);
    }
  });
});

describe('the consumers of the reference', () => {
  const calling = (pattern: RegExp, files: string) =>
    [...new Set(sourceFiles(files).filter((file) => pattern.test(source(file))).map((file) => file.split('/')[1] ?? ''))].sort();
  const named = (wanted: (row: (typeof consumers)[number]) => boolean) => [...new Set(consumers.filter(wanted).map(({ service }) => service))].sort();

  test('are the services that keep a place in a stream', () => {
    const keeping = calling(/\b(consumeFacts|consumeFactBatches|consumeCommands|startChannel)\(/, 'services/*/src/**/*.ts');
    expect(named(({ durable }) => durable !== 'watch')).toEqual(keeping);
  });

  test('are the services that watch facts or read sound', () => {
    expect(named(({ durable }) => durable === 'watch')).toEqual(calling(/\b(watchFacts|readAudio)\(/, 'services/*/src/**/*.ts'));
  });
});

describe('the errors of the reference', () => {
  test('mean the same wherever a code stands', async () => {
    const rows = [...(await readErrorTables()).values()].flat();
    const kinds = new Map(rows.map(([code, { status, retryable }]) => [code, { status, retryable }]));
    for (const [code, { status, retryable }] of rows) expect({ code, status, retryable }).toEqual({ code, ...kinds.get(code) });
  });

  test('stand in the errors.ts of their package, nowhere else', () => {
    const elsewhere = sourceFiles('{packages,services,deploy}/*/src/**/*.ts').filter((file) => !/^[^/]+\/[^/]+\/src\/errors\.ts$/.test(file) && /satisfies Record<string, ErrorDefinition>/.test(source(file)));
    expect(elsewhere).toEqual([]);
  });

  test('have a meaning and a remedy, each a sentence', async () => {
    for (const [owner, rows] of await readErrorTables()) {
      for (const [code, { meaning, remedy }] of rows) {
        expect([owner, code, meaning.length > 10 && meaning.endsWith('.'), remedy.length > 5]).toEqual([owner, code, true, true]);
      }
    }
  });
});
