/** A field of a request that is not well formed. */
export interface FieldFault {
  /** Path as the protobuf JSON form names it, e.g. `contactIds[0]`. */
  field: string;
  description: string;
}

interface FieldRule {
  pattern: RegExp;
  description: string;
}

const uuid: FieldRule = { pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, description: 'must be a UUID in lower case' };
const resourceName: FieldRule = { pattern: /^[a-z0-9][a-z0-9_.-]{0,62}$/, description: 'must be the name of a resource: lower-case letters, digits, "-", "_" and "."' };
const word: FieldRule = { pattern: /^[A-Za-z0-9][A-Za-z0-9_.:*-]{0,127}$/, description: 'must be letters, digits, "-", "_", ".", ":" or "*", at most 128' };

/**
 * Rules by field name. Identifiers become subjects and keys of the bus, so no sign with a meaning there gets past the edge.
 * Empty text means "not given" everywhere and is left to the service.
 */
const rules: Readonly<Record<string, FieldRule>> = {
  contactId: uuid,
  contactIds: uuid,
  conversationId: uuid,
  commandId: uuid,
  offerId: uuid,
  assignmentId: uuid,
  recordingId: uuid,
  agentId: resourceName,
  agent: resourceName,
  queue: resourceName,
  queues: resourceName,
  channel: resourceName,
  user: resourceName,
  tenant: resourceName,
  entryPoint: resourceName,
  kind: word,
  name: word,
  key: word,
  service: word,
  device: word,
  types: word,
  sessionId: word,
};

function checkText(name: string, text: string, field: string): FieldFault[] {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return text === '' || rule === undefined || rule.pattern.test(text) ? [] : [{ field, description: rule.description }];
}

/** Checks the fields of a decoded request whose form does not depend on the method. */
export function checkFields(request: Readonly<Record<string, unknown>>): FieldFault[] {
  const faults: FieldFault[] = [];
  for (const [name, value] of Object.entries(request)) {
    if (typeof value === 'string') faults.push(...checkText(name, value, name));
    else if (Array.isArray(value)) value.forEach((item, index) => typeof item === 'string' && faults.push(...checkText(name, item, `${name}[${index}]`)));
    else if (value instanceof Date && Number.isNaN(value.getTime())) faults.push({ field: name, description: 'is not a time that can be told' });
  }
  return faults;
}
