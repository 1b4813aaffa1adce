import { readFile } from 'node:fs/promises';
import { FileDescriptorSet } from '@patchbay/contracts/google/protobuf/descriptor';
import type { ServedService } from '../method-table.ts';

const descriptorFile = new URL('../../../../packages/contracts/src/gen/patchbay.binpb', import.meta.url);

/** The descriptors of every proto file, as they were generated. */
export async function readDescriptors(): Promise<FileDescriptorSet> {
  return FileDescriptorSet.decode(await readFile(descriptorFile));
}

/** Descriptors for reflection: without the methods that only services inside may call. */
export async function servedDescriptors(services: readonly ServedService[]): Promise<Uint8Array> {
  const open = new Set(
    services.flatMap(({ definition, rules }) =>
      Object.entries(definition.methods)
        .filter(([key]) => rules[key]?.access !== 'services')
        .map(([, method]) => `${definition.fullName}/${method.name}`),
    ),
  );
  const { file } = await readDescriptors();
  const pruned = file.map((one) => ({
    ...one,
    service: one.service.map((service) => ({ ...service, method: service.method.filter((method) => open.has(`${one.package ?? ''}.${service.name ?? ''}/${method.name ?? ''}`)) })),
  }));
  return FileDescriptorSet.encode({ file: pruned }).finish();
}
