import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { fillIn } from './resource-files.ts';

const sources = (env: Record<string, string>, files: Record<string, string> = {}) => ({ env, cwd: '/centre', read: async (path: string) => files[path] ?? '' });

describe('files before they are sent', () => {
  const entry = `kind: EntryPoint
name: oa
spec:
  address: \${NOT_HERE}
  settings:
    url: \${URL:-http://127.0.0.1:8090}   # the simulator
    note: "from \${WHO} to \${WHO}"
  secrets: {token: "\${TOKEN}"}
`;

  test('take variables from the environment in settings and secrets, and keep every line', async () => {
    const filled = await fillIn(entry, '/centre/a.yaml', sources({ TOKEN: 'a"b\n: c', WHO: 'me' }));
    const [document] = parseAllDocuments(filled);
    expect(document?.toJS()).toMatchObject({ spec: { address: '${NOT_HERE}', settings: { url: 'http://127.0.0.1:8090', note: 'from me to me' }, secrets: { token: 'a"b\n: c' } } });
    expect(filled.split('\n')).toHaveLength(entry.split('\n').length);
  });

  test('with variables that are not set are not sent, and all of them are named', async () => {
    await expect(fillIn(entry, '/centre/a.yaml', sources({ WHO: '' }))).rejects.toMatchObject({ code: 'CLI_NO_VARIABLE', details: { file: '/centre/a.yaml', variables: 'TOKEN, WHO' } });
  });

  test('take definitions from files beside them', async () => {
    const text = 'kind: Skill\nname: x\nspec: {}\n---\nkind: RuleSet\nname: default\nspec:\n  definitionFile: ../rules/default.yaml\n  titles: {en: x}\n';
    const filled = await fillIn(text, '/centre/demo/a.yaml', sources({}, { '/centre/rules/default.yaml': 'version: 1\nrules:\n  - id: a\n    text: "${kept}"\n' }));
    expect(parseAllDocuments(filled)[1]?.toJS()).toEqual({ kind: 'RuleSet', name: 'default', spec: { definition: { version: 1, rules: [{ id: 'a', text: '${kept}' }] }, titles: { en: 'x' } } });
    expect(filled.split('\n')).toHaveLength(text.split('\n').length);
  });

  test('leave prompts of flows alone', async () => {
    const text = 'kind: Flow\nname: x\nspec:\n  definition: {text: "${name}"}\n';
    expect(await fillIn(text, '/a.yaml', sources({}))).toBe(text);
  });

  test('that are no YAML are sent as they are', async () => {
    for (const text of ['', '{', 'a: ${X}', '- 1', 'spec: 5', 'spec: {settings: 5, secrets: [${X}]}']) expect(await fillIn(text, '/a.yaml', sources({}))).toBe(text);
  });
});
