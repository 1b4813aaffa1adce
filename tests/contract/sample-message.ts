import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorSetSchema, type DescriptorProto, type EnumDescriptorProto, type FieldDescriptorProto } from '@bufbuild/protobuf/wkt';

const descriptors = fromBinary(FileDescriptorSetSchema, readFileSync(new URL('../../packages/contracts/src/gen/patchbay.binpb', import.meta.url)));
const messages = new Map<string, DescriptorProto>();
const enums = new Map<string, EnumDescriptorProto>();
for (const file of descriptors.file) {
  const visit = (scope: string, message: DescriptorProto) => {
    messages.set(`${scope}.${message.name}`, message);
    for (const nested of message.nestedType) visit(`${scope}.${message.name}`, nested);
  };
  for (const message of file.messageType) visit(`.${file.package}`, message);
  for (const one of file.enumType) enums.set(`.${file.package}.${one.name}`, one);
}

const integers = new Set([Type.INT32, Type.INT64, Type.UINT32, Type.UINT64, Type.SINT32, Type.SINT64]);

/** A value for a field in protobuf's JSON form: the field's number makes it, so that no two fields are alike. */
function sampleField(field: FieldDescriptorProto): unknown {
  const { type, typeName, number: no } = field;
  if (type === Type.MESSAGE && typeName === '.google.protobuf.Timestamp') return new Date(Date.UTC(2026, 0, 5, 1, 2, no, 7)).toISOString();
  if (type === Type.MESSAGE) return sampleMessage(typeName);
  if (type === Type.ENUM) return enums.get(typeName)?.value.at(-1)?.name;
  if (type === Type.STRING) return `${field.name} ${no} 您好`;
  if (type === Type.BOOL) return true;
  if (type === Type.BYTES) return Buffer.from([0, no, 255]).toString('base64');
  if (type === Type.DOUBLE || type === Type.FLOAT) return no + 0.25;
  // Larger than a double holds, where the type allows it.
  if (integers.has(type)) return type === Type.INT64 || type === Type.UINT64 ? `9007199254740${900 + no}` : no * 1_000_003;
  throw new Error(`no sample for field ${field.name}`);
}

/** A message with every field set, in protobuf's JSON form. Of a oneof the first member is set. */
export function sampleMessage(typeName: string): Record<string, unknown> {
  const message = messages.get(typeName);
  if (message === undefined) throw new Error(`no message ${typeName}`);
  const sample: Record<string, unknown> = {};
  const chosen = new Set<number>();
  for (const field of message.field) {
    if (field.oneofIndex !== undefined && Object.hasOwn(field, 'oneofIndex') && !field.proto3Optional) {
      if (chosen.has(field.oneofIndex)) continue;
      chosen.add(field.oneofIndex);
    }
    const entry = field.type === Type.MESSAGE ? messages.get(field.typeName) : undefined;
    if (entry?.options?.mapEntry === true) sample[field.jsonName] = { key: sampleField(entry.field[1] as FieldDescriptorProto) };
    else sample[field.jsonName] = field.label === Label.REPEATED ? [sampleField(field)] : sampleField(field);
  }
  return sample;
}
