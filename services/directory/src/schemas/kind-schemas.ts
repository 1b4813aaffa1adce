import type { Kind } from '../domain/kinds.ts';
import { flag, integer, languageTag, list, map, object, optionalName, resourceName, type Schema, text, timeZone, titles, word, zeroOr } from './parts.ts';

const roleWords = ['agent', 'team_lead', 'qa', 'trainer', 'manager', 'admin'] as const;
const closingWords = ['drain', 'overflow', 'cut'] as const;
const choiceWords = ['least_in_hand', 'longest_idle', 'least_occupied', 'fewest_contacts', 'round_robin', 'linear', 'ring_all', 'best_proficiency', 'least_skilled'] as const;
const finalWords = ['queue', 'voicemail', 'message', 'call_back', 'refuse'] as const;
const surgeWords = ['announcement', 'offer_call_back', 'widen', 'borrow', 'wrap_up', 'cancel_breaks', 'overflow', 'message'] as const;
const wrapUpWords = ['none', 'optional', 'mandatory_timed', 'mandatory'] as const;

const channelName: Schema = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,31}$', remedy: 'Use the name of the channel: voice, webchat, email, wechat or another in lower case.' };

/** A channel, or a combination that routing knows, such as `voice+text`. */
const capacityName: Schema = { ...channelName, pattern: '^[a-z][a-z0-9-]*(\\+[a-z][a-z0-9-]*)?$', maxLength: 63 };

const skillLevels = list(object({ 'skill!': resourceName, 'level!': integer(1, 100) }), 200);

const attributeName: Schema = { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,31}$', remedy: 'Use at most 32 lower-case letters, digits, "-" and "_".' };
const attributeValue = text(64);

const requirementTerm = {
  skills: list(object({ 'skill!': resourceName, 'minLevel!': integer(1, 100) }), 20),
  languages: list(languageTag, 10),
  attributes: list(object({ 'name!': attributeName, 'value!': attributeValue }), 10),
};
const requirement = object({ ...requirementTerm, anyOf: list(object(requirementTerm), 8) });

const relaxation = list(object({ 'afterSeconds!': integer(1, 2_592_000), requirement, extraQueues: list(resourceName, 20) }), 8);

const clock: Schema = { type: 'string', pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', remedy: 'Write HH:MM with two digits each, 00:00 to 24:00.' };
const spans = list(object({ 'from!': { ...clock, pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }, 'to!': clock }), 10);

/** Names of settings and secrets: they are keys of maps and names in code. */
const settingName: Schema = { type: 'string', pattern: '^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$', remedy: 'Use a name of letters, digits, "-", "_" and ".", at most 64.' };

const password = text(256, 'Write 10 to 256 signs; take it from the environment as ${NAME}.');

const identity = object({
  'type!': { type: 'string', pattern: '^[a-z][a-z0-9_]{0,31}$', remedy: 'Write tel, email, wechat_openid, visitor or another kind in lower case.' },
  'address!': { type: 'string', pattern: '^\\S{1,254}$', remedy: 'Write the address without spaces: digits with country code and without + for tel, lower case for email.' },
  displayName: text(100),
  verified: flag,
});

/** Codes and their children, `depth` levels deep. */
function dispositions(depth: number, minItems = 0): Schema {
  const code: Schema = { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,63}$', remedy: 'Use lower-case letters, digits, "-", "_" and "."; at most 64.' };
  const fields = { 'code!': code, titles };
  return list(object(depth > 1 ? { ...fields, children: dispositions(depth - 1) } : fields, depth > 1 ? undefined : 'Write an object with code and titles; the tree is five levels deep at most.'), 100, minItems);
}

/** A definition that another package checks. */
const definition: Schema = { type: 'object', remedy: 'Write the definition as an object.' };

const figure = (minimum: number, maximum: number): Schema => ({ type: 'number', minimum, maximum, remedy: `Write a number from ${minimum} to ${maximum}.` });
const surgeLevel = object({ 'startsAt!': figure(1, 1_000_000), 'endsAt!': figure(0, 1_000_000) });

/** Content of each kind: the JSON form of its message in `patchbay.directory.v1`, with the ranges its comments give. */
export const kindSchemas: Readonly<Record<Kind, Schema>> = {
  Tenant: object({ titles, 'timeZone!': timeZone, 'language!': languageTag }),
  Skill: object({ titles }),
  Hours: object({
    timeZone,
    'week!': list(object({ 'weekday!': integer(1, 7), 'spans!': spans }), 7),
    dates: list(
      object({ 'date!': { type: 'string', format: 'date', remedy: 'Write a date of the calendar as YYYY-MM-DD.' }, 'spans!': spans, title: text(100) }),
      1000,
    ),
  }),
  DispositionTree: object({ 'dispositions!': dispositions(5, 1) }),
  RuleSet: object({ titles, 'definition!': definition }),
  Team: object({ titles, maxContacts: zeroOr(1, 100_000, 'no limit'), capacity: map(channelName, integer(0, 100_000), 50) }),
  RetentionClass: object({ titles, 'days!': zeroOr(1, 36_500, 'ever'), basis: text(500) }),
  Queue: object({
    titles,
    domain: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,30}$', remedy: 'Use at most 31 lower-case letters, digits, "-" and "_".' },
    requirement,
    priority: integer(0, 86_400),
    offerTimeoutSeconds: zeroOr(5, 120, 'the default of 20'),
    rejectDelaySeconds: zeroOr(1, 3600, 'the default of 10'),
    busyDelaySeconds: zeroOr(1, 3600, 'the default of 60'),
    noAnswerDelaySeconds: zeroOr(1, 3600, 'that of a refusal'),
    maxMissedOffers: zeroOr(1, 100, 'the default of 1 for calls and 3 for text'),
    maxWaitSeconds: zeroOr(1, 2_592_000, 'no limit'),
    maxWaiting: zeroOr(1, 1_000_000, 'no limit'),
    wrapUp: object({ 'mode!': word('WRAP_UP_MODE_', wrapUpWords), limitSeconds: zeroOr(1, 900, 'no limit'), extensionSeconds: zeroOr(1, 900, 'no extensions'), dispositions: optionalName, hold: word('WRAP_UP_HOLD_', ['all', 'slot']) }),
    serviceLevel: object({ 'seconds!': integer(1, 86_400), 'pct!': { type: 'number', minimum: 1, maximum: 100, remedy: 'Write a number from 1 to 100.' } }),
    shortAbandonSeconds: zeroOr(1, 3600, 'the default of 5'),
    hours: optionalName,
    ruleSet: optionalName,
    retentionClass: optionalName,
    plan: optionalName,
    relaxation,
    weight: integer(0, 20),
    priorityMode: word('PRIORITY_MODE_', ['ageing', 'strict']),
    maxStarveSeconds: zeroOr(1, 86_400, 'the default of 900'),
    choice: word('AGENT_CHOICE_', choiceWords),
    agentOrder: list(resourceName, 1000),
    maxRinging: zeroOr(2, 50, 'the default of 10'),
    sticky: object({ withinHours: zeroOr(1, 8760, 'the default of 72'), maxWaitSeconds: zeroOr(1, 600, 'the default of 30') }),
    closing: word('CLOSING_POLICY_', closingWords),
  }),
  RoutingPlan: object({
    titles,
    'targets!': list(
      object({
        'queue!': resourceName,
        requirement,
        priority: integer(0, 86_400),
        timeoutSeconds: zeroOr(1, 2_592_000, 'never'),
        skipWithoutAgent: flag,
        minCustomerValue: integer(0, 100),
        relaxation,
      }),
      20,
      1,
    ),
    then: object({ 'kind!': word('FINAL_ACTION_KIND_', finalWords), queue: optionalName, reason: { type: 'string', pattern: '^[a-z0-9_.]{0,64}$', remedy: 'Write a code of lower-case letters, digits, "_" and ".", at most 64.' } }),
  }),
  SlaPolicy: object({
    titles,
    queues: list(resourceName, 200),
    channels: list(channelName, 50),
    minCustomerValue: integer(0, 100),
    firstResponseSeconds: zeroOr(1, 31_536_000, 'no promise'),
    nextResponseSeconds: zeroOr(1, 31_536_000, 'no promise'),
    resolutionSeconds: zeroOr(1, 31_536_000, 'no promise'),
    hours: optionalName,
    countsCustomerTime: flag,
    botsAnswer: flag,
  }),
  SurgePlan: object({
    titles,
    'queues!': list(resourceName, 50, 1),
    trigger: object({ waiting: surgeLevel, expectedWaitSeconds: surgeLevel, arrivals: object({ 'expected!': figure(0.1, 1_000_000), startSigmas: figure(0, 100), endSigmas: figure(0, 100) }) }),
    minimumSeconds: zeroOr(1, 86_400, 'the default of 300'),
    'actions!': list(object({ 'kind!': word('SURGE_ACTION_KIND_', surgeWords), name: optionalName, queues: list(resourceName, 50), requirement, seconds: zeroOr(1, 900, 'none') }), 20, 1),
  }),
  Flow: object({ 'definition!': definition }),
  EntryPoint: object({
    'channel!': channelName,
    'address!': { type: 'string', pattern: '^[^\\s\\u0000-\\u001f]{1,254}$', remedy: 'Write the number, mailbox, app id or widget key, without spaces; put numbers in quotes.' },
    queue: optionalName,
    plan: optionalName,
    flow: optionalName,
    hours: optionalName,
    settings: map(settingName, { type: 'string', maxLength: 4000, remedy: 'Write text; put numbers, true and false in quotes.' }, 100),
    secrets: map(settingName, { type: 'string', minLength: 1, maxLength: 4000, remedy: 'Write text; take it from the environment as ${NAME}.' }, 50),
    titles,
  }),
  Agent: object({
    'displayName!': text(100),
    agentNo: { type: 'string', pattern: '^[A-Za-z0-9-]{0,20}$', remedy: 'Write letters and digits, at most 20; put numbers in quotes.' },
    team: { type: 'string', maxLength: 100, remedy: 'Write at most 100 signs; put numbers in quotes.' },
    skills: skillLevels,
    languages: list(languageTag, 20),
    attributes: map(attributeName, attributeValue, 50),
    queues: list(resourceName, 200),
    capacity: map(capacityName, integer(0, 50), 50),
    load: map(channelName, integer(1, 100), 50),
    interrupts: list(object({ 'channel!': channelName, 'over!': list(channelName, 50) }), 50),
    maxContacts: zeroOr(1, 100, 'no limit'),
    sipUsername: { type: 'string', pattern: '^[A-Za-z0-9._-]{0,64}$', remedy: 'Write letters, digits, ".", "_" and "-"; put numbers in quotes.' },
    initialPhonePassword: { ...password, minLength: 10 },
  }),
  User: object({
    'displayName!': text(100),
    'roles!': list(word('ROLE_', roleWords), 6, 1),
    agent: optionalName,
    language: languageTag,
    disabled: flag,
    leads: list(resourceName, 100),
    initialPassword: { ...password, minLength: 10 },
  }),
  Customer: object({
    'displayName!': text(100),
    'identities!': list(identity, 20, 1),
    value: integer(0, 100),
    priority: integer(0, 86_400),
    agent: optionalName,
    doNotCall: flag,
  }),
};
