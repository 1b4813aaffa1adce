// Prints the Secrets of a new installation, with random passwords, for `kubectl apply -f -`. Needs nothing but Node.
//   node k8s/secrets.mjs --namespace patchbay --voice-namespace patchbay-voice --database-url postgres://… | kubectl apply -f -
// Without --database-url the address is that of components/postgres. Running it again makes other passwords: keep what it
// printed where you keep secrets.
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Begins with a letter and has no signs: NATS reads it as a word of its configuration, an address takes it as it is. */
const newPassword = () => `p${randomBytes(18).toString('hex')}`;

const secret = (namespace, name, stringData) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', stringData });

/** Every Secret that the manifests name, besides those for TLS. */
export function createSecrets({ namespace, voiceNamespace = namespace, databaseUrl }) {
  const nats = newPassword();
  const postgres = newPassword();
  const natsUrl = `nats://patchbay:${nats}@nats.${namespace}:4222`;
  return [
    secret(namespace, 'nats', { password: nats, 'system-password': newPassword(), 'cluster-password': newPassword() }),
    ...(databaseUrl === undefined ? [secret(namespace, 'postgres', { password: postgres })] : []),
    secret(namespace, 'patchbay', {
      'nats-url': natsUrl,
      'database-url': databaseUrl ?? `postgres://crm:${postgres}@postgres.${namespace}:5432/crm`,
      'admin-password': newPassword(),
    }),
    ...(voiceNamespace === namespace ? [] : [secret(voiceNamespace, 'patchbay', { 'nats-url': natsUrl })]),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { namespace: { type: 'string', default: 'patchbay' }, 'voice-namespace': { type: 'string' }, 'database-url': { type: 'string' } },
  });
  const items = createSecrets({ namespace: values.namespace, voiceNamespace: values['voice-namespace'], databaseUrl: values['database-url'] });
  process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`);
}
