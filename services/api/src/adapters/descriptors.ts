import { readFile } from 'node:fs/promises';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { ServedService } from '../method-table.ts';

const descriptorFile = new URL('../../../../packages/contracts/src/gen/patchbay.binpb', import.meta.url);

/**
 * The descriptors of every proto file, as they were generated. Read with protobuf-es, which keeps what is set to its
 * default and what it does not know: ts-proto would lose the places of oneofs.
 */
export async function readDescriptors(): Promise<FileDescriptorSet> {
  return fromBinary(FileDescriptorSetSchema, await readFile(descriptorFile));
}

/** `package.Service/Method` of every method. */
export function methodsOf({ file }: FileDescriptorSet): string[] {
  return file.flatMap((one) => one.service.flatMap((service) => service.method.map((method) => `${one.package}.${service.name}/${method.name}`)));
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
  const descriptors = await readDescriptors();
  for (const file of descriptors.file) {
    for (const service of file.service) service.method = service.method.filter((method) => open.has(`${file.package}.${service.name}/${method.name}`));
  }
  return toBinary(FileDescriptorSetSchema, descriptors);
}
