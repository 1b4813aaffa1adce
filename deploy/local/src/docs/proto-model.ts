import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorSetSchema, type DescriptorProto, type FieldDescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { projectRoot } from './generator.ts';

/** Kind of a field's value, as the JSON form of protobuf tells them apart. */
export type ValueKind = 'string' | 'boolean' | 'integer' | 'long' | 'number' | 'bytes' | 'time' | 'enum' | 'message';

/** A field of a message. */
export interface ProtoField {
  readonly name: string;
  readonly jsonName: string;
  readonly comment: string;
  readonly kind: ValueKind;
  /** Full name of its message or enum. */
  readonly typeName: string | undefined;
  readonly isRepeated: boolean;
  /** Whether it is a map from text to `kind`. */
  readonly isMap: boolean;
  /** The group of which at most one is set. */
  readonly oneof: string | undefined;
  readonly isPersonal: boolean;
}

/** A message. */
export interface ProtoMessage {
  readonly fullName: string;
  readonly comment: string;
  readonly fields: readonly ProtoField[];
}

/** An enum. */
export interface ProtoEnum {
  readonly fullName: string;
  readonly comment: string;
  readonly values: readonly { readonly name: string; readonly comment: string }[];
}

/** A service. */
export interface ProtoService {
  readonly name: string;
  readonly fullName: string;
  readonly comment: string;
  readonly methods: readonly { readonly name: string; readonly comment: string; readonly request: string; readonly response: string; readonly isStream: boolean }[];
}

/** What `proto/` says, comments and all. */
export interface ProtoModel {
  readonly messages: ReadonlyMap<string, ProtoMessage>;
  readonly enums: ReadonlyMap<string, ProtoEnum>;
  readonly services: readonly ProtoService[];
  /** What a package's file is about, by file name from `proto/`. */
  readonly files: ReadonlyMap<string, string>;
}

const kinds: Partial<Record<Type, ValueKind>> = {
  [Type.STRING]: 'string',
  [Type.BOOL]: 'boolean',
  [Type.BYTES]: 'bytes',
  [Type.DOUBLE]: 'number',
  [Type.FLOAT]: 'number',
  [Type.INT64]: 'long',
  [Type.UINT64]: 'long',
  [Type.SINT64]: 'long',
  [Type.FIXED64]: 'long',
  [Type.ENUM]: 'enum',
  [Type.MESSAGE]: 'message',
};
const timestamp = 'google.protobuf.Timestamp';

/** Leading comments by the path of what they stand over (descriptor.proto, `SourceCodeInfo.Location`). */
function commentsOf(file: FileDescriptorProto): (...path: number[]) => string {
  const comments = new Map(file.sourceCodeInfo?.location.map(({ path, leadingComments }) => [path.join('.'), leadingComments] as const));
  return (...path) => (comments.get(path.join('.')) ?? '').trim().replaceAll(/\s*\n\s*/g, ' ');
}

interface Context {
  comment: (...path: number[]) => string;
  personalNumber: number;
  messages: Map<string, ProtoMessage>;
  enums: Map<string, ProtoEnum>;
}

function fieldOf(field: FieldDescriptorProto, comment: string, message: DescriptorProto, personalNumber: number): ProtoField {
  const typeName = field.typeName === '' ? undefined : field.typeName.slice(1);
  const entry = field.type === Type.MESSAGE ? message.nestedType.find((nested) => nested.options?.mapEntry === true && field.typeName.endsWith(`.${message.name}.${nested.name}`)) : undefined;
  const value = entry?.field[1];
  if (value !== undefined) return { ...fieldOf(value, comment, message, personalNumber), name: field.name, jsonName: field.jsonName, isMap: true };
  return {
    name: field.name,
    jsonName: field.jsonName,
    comment,
    kind: typeName === timestamp ? 'time' : (kinds[field.type] ?? 'integer'),
    typeName: typeName === timestamp ? undefined : typeName,
    isRepeated: field.label === Label.REPEATED,
    isMap: false,
    oneof: Object.hasOwn(field, 'oneofIndex') && !field.proto3Optional ? message.oneofDecl[field.oneofIndex]?.name : undefined,
    isPersonal: field.options?.$unknown?.some(({ no }) => no === personalNumber) ?? false,
  };
}

function addMessage(context: Context, scope: string, message: DescriptorProto, path: number[]): void {
  const fullName = `${scope}.${message.name}`;
  const fields = message.field.map((field, index) => fieldOf(field, context.comment(...path, 2, index), message, context.personalNumber));
  if (message.options?.mapEntry !== true) context.messages.set(fullName, { fullName, comment: context.comment(...path), fields });
  for (const [index, nested] of message.nestedType.entries()) addMessage(context, fullName, nested, [...path, 3, index]);
  for (const [index, nested] of message.enumType.entries()) addEnum(context, fullName, nested, [...path, 4, index]);
}

function addEnum(context: Context, scope: string, descriptor: FileDescriptorProto['enumType'][number], path: number[]): void {
  const fullName = `${scope}.${descriptor.name}`;
  const values = descriptor.value.map(({ name }, index) => ({ name, comment: context.comment(...path, 2, index) }));
  context.enums.set(fullName, { fullName, comment: context.comment(...path), values });
}

function servicesOf(file: FileDescriptorProto, comment: Context['comment']): ProtoService[] {
  return file.service.map((service, index) => ({
    name: service.name,
    fullName: `${file.package}.${service.name}`,
    comment: comment(6, index),
    methods: service.method.map((method, place) => ({
      name: method.name,
      comment: comment(6, index, 2, place),
      request: method.inputType.slice(1),
      response: method.outputType.slice(1),
      isStream: method.serverStreaming,
    })),
  }));
}

/** Reads the descriptors that `npm run generate` made. */
export function readProtoModel(): ProtoModel {
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(join(projectRoot, 'packages/contracts/src/gen/patchbay.binpb')));
  const personalNumber = set.file.flatMap((file) => file.extension).find(({ name }) => name === 'personal')?.number ?? -1;
  const messages: Context['messages'] = new Map();
  const enums: Context['enums'] = new Map();
  const services: ProtoService[] = [];
  const files = new Map<string, string>();
  for (const file of set.file) {
    const comment = commentsOf(file);
    const context = { comment, personalNumber, messages, enums };
    for (const [index, message] of file.messageType.entries()) addMessage(context, file.package, message, [4, index]);
    for (const [index, descriptor] of file.enumType.entries()) addEnum(context, file.package, descriptor, [5, index]);
    services.push(...servicesOf(file, comment));
    files.set(file.name, comment(2));
  }
  return { messages, enums, services, files };
}

/** Name without its package. */
export const shortName = (fullName: string) => fullName.slice(fullName.lastIndexOf('.') + 1);

/** Full names of every message and enum that the messages hold, in depth, themselves left out. */
export function partsOf(model: ProtoModel, roots: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (fullName: string) => {
    for (const { typeName } of model.messages.get(fullName)?.fields ?? []) {
      if (typeName === undefined || found.has(typeName)) continue;
      found.add(typeName);
      visit(typeName);
    }
  };
  for (const root of roots) visit(root);
  return [...found].filter((name) => !roots.includes(name)).sort();
}
