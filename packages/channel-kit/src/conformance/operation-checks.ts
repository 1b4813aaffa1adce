import { connectedContact, demand, type Check } from './check.ts';

const marker = 'S3CRET-W0RDS';

/** Checks of how the channel runs. */
export const operationChecks: readonly Check[] = [
  {
    id: 37,
    title: 'a stop finishes what is in hand: nothing lost, nothing doubled',
    async run({ harness }) {
      const replica = await harness.start();
      const raws = await Promise.all(Array.from({ length: 10 }, (_, index) => harness.text({ id: `37${index}`, from: 'a', text: 'x' })));
      const inHand = raws.map((raw) => replica.deliver(raw).then(() => true, () => false));
      await replica.channel.stop();
      const answers = await Promise.all(inHand);
      const next = await harness.start();
      for (const raw of raws) await next.deliver(raw);
      demand(harness.received().length === raws.length, `${harness.received().length} messages of ${raws.length}`);
      return `${answers.filter(Boolean).length} finished before the stop, ${raws.length} in all`;
    },
  },
  {
    id: 42,
    title: 'no text, address or secret stands in logs',
    async run({ subject, harness }) {
      const { contactId } = await connectedContact(harness);
      const replica = await harness.start();
      await replica.deliver(await harness.text({ id: '42', from: marker, text: marker }));
      harness.send(contactId, marker);
      await harness.bus.settle();
      const secrets = Object.values(subject.entryPoint.secrets ?? {}).filter((secret) => secret.length >= 8);
      const leak = harness.logged.find((line) => [marker, marker.toLowerCase(), ...secrets].some((word) => line.includes(word)));
      demand(leak === undefined, leak ?? '');
      return `${harness.logged.length} log entries`;
    },
  },
  {
    id: 44,
    title: 'metrics name no contact and no customer',
    async run({ harness }) {
      const { contactId } = await connectedContact(harness);
      harness.send(contactId, 'x');
      await harness.bus.settle();
      const text = await harness.metrics.text();
      demand(!text.includes(contactId), 'a contact id is a label');
      return `${text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length} series`;
    },
  },
  {
    id: 45,
    title: 'every fact stands under the tenant of its entry point',
    async run({ harness }) {
      const { contactId } = await connectedContact(harness);
      harness.send(contactId, 'x');
      await harness.bus.settle();
      const tenants = new Set(harness.bus.facts().map((fact) => fact.tenant));
      demand(tenants.size === 1, [...tenants].join(', '));
      return [...tenants].join(', ');
    },
  },
];
