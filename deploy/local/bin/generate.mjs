// Generates packages/contracts/src/gen from proto/: message types by ts-proto, the descriptor set for
// gRPC reflection, and the table of facts by type name. Skips the work when proto/ has not changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const gen = join(root, 'packages/contracts/src/gen');
const stampFile = join(gen, '.stamp');
const buf = join(root, 'node_modules/.bin/buf');
const force = process.argv.includes('--force');

function stamp() {
  const hash = createHash('sha256');
  for (const file of [...globSync('proto/**/*.proto', { cwd: root }), 'buf.gen.yaml', 'deploy/local/bin/generate.mjs', 'package-lock.json'].sort()) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

const personalOption = '[patchbay.options.v1.personal]';

/** Paths of personal fields below a message, `*` for the elements of lists and values of maps. */
function personalPaths(message, messages, seen = new Set()) {
  const paths = [];
  if (seen.has(message)) return paths;
  for (const field of message.field ?? []) {
    const repeated = field.label === 'LABEL_REPEATED' ? ['*'] : [];
    const path = [field.jsonName, ...repeated];
    if (field.options?.[personalOption]) paths.push(path);
    else if (field.type === 'TYPE_MESSAGE' && messages.has(field.typeName)) {
      const inner = personalPaths(messages.get(field.typeName), messages, new Set([...seen, message]));
      paths.push(...inner.map((rest) => [...path, ...rest]));
    }
  }
  return paths;
}

function collectMessages(files) {
  const messages = new Map();
  const visit = (scope, message) => {
    messages.set(`${scope}.${message.name}`, message);
    for (const nested of message.nestedType ?? []) visit(`${scope}.${message.name}`, nested);
  };
  for (const file of files) for (const message of file.messageType ?? []) visit(`.${file.package}`, message);
  return messages;
}

function writeEventTypes(image) {
  const messages = collectMessages(image.file);
  const events = image.file.filter((file) => file.name.endsWith('_event.proto'));
  const imports = [];
  const rows = [];
  for (const file of events) {
    const [, domain] = file.package.split('.');
    const names = file.messageType.map((message) => message.name);
    // Facts have their key as first field; other messages of the file are parts of facts.
    const facts = names.filter((name) => /^(contact_id|agent_id|queue|kind|chart|plan)$/.test(messages.get(`.${file.package}.${name}`).field?.[0]?.name ?? ''));
    const local = facts.map((name) => `${name} as ${domain}_${name}`);
    imports.push(`import { ${local.join(', ')} } from './${file.name.replace('patchbay/', '').replace('.proto', '.ts')}';`);
    for (const name of facts) {
      const paths = personalPaths(messages.get(`.${file.package}.${name}`), messages);
      rows.push(`  '${file.package}.${name}': { codec: ${domain}_${name}, domain: '${domain}', name: '${name}', personal: ${JSON.stringify(paths)} },`);
    }
  }
  writeFileSync(
    join(gen, 'patchbay/event-types.ts'),
    `// Generated from proto/. Do not edit.\n${imports.join('\n')}\n\n/** Every fact by its full type name: codec, domain, and where its personal fields are. */\nexport const eventTypes = {\n${rows.join('\n')}\n} as const;\n\n/** Full type name of a fact. */\nexport type EventType = keyof typeof eventTypes;\n`,
  );
}

/** Personal fields of the messages that services take and give, for edges that mask them. */
function writePersonalFields(image) {
  const messages = collectMessages(image.file);
  const methods = image.file.flatMap((file) => (file.service ?? []).flatMap((service) => service.method ?? []));
  const names = [...new Set(methods.flatMap((method) => [method.inputType, method.outputType]))].sort();
  const rows = names.map((name) => [name.slice(1), personalPaths(messages.get(name), messages)]).filter(([, paths]) => paths.length > 0);
  const lines = rows.map(([name, paths]) => `  '${name}': ${JSON.stringify(paths)},`);
  writeFileSync(
    join(gen, 'patchbay/personal-fields.ts'),
    `// Generated from proto/. Do not edit.\n\n/** Paths of the personal fields in requests and responses by full message name, \`*\` for elements; messages without any are left out. */\nexport const personalFields: Readonly<Record<string, readonly (readonly string[])[]>> = {\n${lines.join('\n')}\n};\n`,
  );
}

const current = stamp();
if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === current) process.exit(0);
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
execFileSync(buf, ['generate'], { cwd: root, env, stdio: 'inherit' });
mkdirSync(gen, { recursive: true });
execFileSync(buf, ['build', '-o', join(gen, 'patchbay.binpb')], { cwd: root, env, stdio: 'inherit' });
const image = JSON.parse(execFileSync(buf, ['build', '--exclude-source-info', '-o', '-#format=json'], { cwd: root, env, maxBuffer: 1 << 26 }));
writeEventTypes(image);
writePersonalFields(image);
writeFileSync(stampFile, current);
