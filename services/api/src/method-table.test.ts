import { describe, expect, test } from '@jest/globals';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { methodsOf, readDescriptors, servedDescriptors } from './adapters/descriptors.ts';
import { decideAccess } from './domain/access.ts';
import { servedServices } from './method-table.ts';

const rows = servedServices.flatMap(({ definition, rules }) =>
  Object.entries(definition.methods).map(([key, method]) => ({ name: `${definition.fullName}/${method.name}`, rule: rules[key], method })),
);

describe('the table of methods', () => {
  test('says of every method of every proto service who may call it', async () => {
    const methods = methodsOf(await readDescriptors()).filter((name) => name.startsWith('patchbay.'));
    expect(methods.length).toBeGreaterThan(40);
    expect(rows.map((row) => row.name).sort()).toEqual(methods.sort());
    for (const row of rows) expect([row.name, row.rule?.access]).toEqual([row.name, expect.stringMatching(/^(open|services|roles)$/)]);
  });

  test('opens nothing but sign-in, refreshing and the public keys', () => {
    expect(rows.filter((row) => row.rule?.access === 'open').map((row) => row.name)).toEqual([
      'patchbay.directory.v1.IdentityService/SignIn',
      'patchbay.directory.v1.IdentityService/RefreshToken',
      'patchbay.directory.v1.IdentityService/GetSigningKeys',
    ]);
  });

  test('keeps what only services may ask from everybody, reflection included', async () => {
    const kept = rows.filter((row) => row.rule?.access === 'services').map((row) => row.name);
    expect(kept).toEqual([
      'patchbay.routing.v1.RoutingService/FailOffer',
      'patchbay.directory.v1.DirectoryService/GetSecrets',
      'patchbay.directory.v1.IdentityService/VerifyApiKey',
      'patchbay.directory.v1.IdentityService/GetPhoneCredential',
    ]);
    const descriptors = fromBinary(FileDescriptorSetSchema, await servedDescriptors(servedServices));
    const shown = methodsOf(descriptors);
    for (const name of kept) expect(shown).not.toContain(name);
    expect(shown).toContain('patchbay.directory.v1.DirectoryService/ApplyResources');
    // Clients build types from it: nothing may have been lost on the way.
    const registry = createFileRegistry(descriptors);
    expect(registry.getMessage('patchbay.crm.v1.WatchContactsResponse')?.oneofs.map((one) => one.fields.length)).toEqual([3]);
  });

  test('lets nobody without a role call anything that is not open', () => {
    for (const { name, rule } of rows) {
      if (rule === undefined || rule.access === 'open') continue;
      expect([name, decideAccess(rule, { kind: 'user', roles: [] }, { agentId: '', agent: '' }).allowed]).toEqual([name, false]);
      expect([name, decideAccess(rule, { kind: 'user', roles: [Role.UNSPECIFIED], agent: '1001' }, { agentId: '1001', agent: '1001' }).allowed]).toEqual([name, false]);
    }
  });

  test('lets an agent act for the own number only', () => {
    const agent = { kind: 'user' as const, roles: [Role.AGENT], agent: '1001' };
    for (const name of ['SetState', 'AcceptOffer', 'RejectOffer', 'CloseAssignment', 'Heartbeat', 'SignOut']) {
      const rule = rows.find((row) => row.name.endsWith(`Service/${name}`))?.rule;
      if (rule === undefined) throw new Error(`no rule for ${name}`);
      expect(decideAccess(rule, agent, { agentId: '1001' })).toMatchObject({ allowed: true });
      expect(decideAccess(rule, agent, { agentId: '1002' })).toEqual({ allowed: false });
      expect(decideAccess(rule, agent, { agentId: '' })).toEqual({ allowed: false });
      expect(decideAccess(rule, { ...agent, agent: '' }, { agentId: '' })).toEqual({ allowed: false });
    }
  });

  test('narrows what an agent lists to the own contacts, and shows those as they are', () => {
    const rule = rows.find((row) => row.name.endsWith('/ListContacts'))?.rule;
    if (rule === undefined) throw new Error('no rule');
    const agent = { kind: 'user' as const, roles: [Role.AGENT], agent: '1001' };
    expect(decideAccess(rule, agent, { agentId: '', channel: 'voice' })).toMatchObject({ allowed: true, request: { agentId: '1001', channel: 'voice' }, showsPersonal: true });
    expect(decideAccess(rule, agent, { agentId: '1002' })).toEqual({ allowed: false });
    expect(decideAccess(rule, { kind: 'user', roles: [Role.MANAGER] }, { agentId: '' })).toMatchObject({ allowed: true, showsPersonal: false });
    expect(decideAccess(rule, { kind: 'key', roles: [Role.MANAGER, Role.QA] }, { agentId: '' })).toMatchObject({ allowed: true, showsPersonal: true });
  });
});
