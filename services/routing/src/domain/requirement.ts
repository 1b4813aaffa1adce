import type { AgentAttribute, Requirement, RequirementTerm, SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import type { AgentPolicy } from './agent-policy.ts';

/** Asks nothing of an agent. */
export const noRequirement: Requirement = { skills: [], languages: [], attributes: [], anyOf: [] };

/** Terms of one requirement, at most; what a channel asks for is not checked before it comes here. */
const maxTerms = 64;

const textOrder = (left: string, right: string) => (left < right ? -1 : Number(left > right));
const attributeText = ({ name, value }: AgentAttribute) => `${name}=${value}`;

function mergeSkills(terms: readonly RequirementTerm[]): SkillRequirement[] {
  const levels = new Map<string, number>();
  for (const term of terms) for (const { skill, minLevel } of term.skills) levels.set(skill, Math.max(minLevel, levels.get(skill) ?? 0));
  return [...levels].sort(([left], [right]) => textOrder(left, right)).map(([skill, minLevel]) => ({ skill, minLevel }));
}

/** All of several terms, in one order whatever order they came in: of each skill the higher level. */
function mergeTerms(...terms: readonly RequirementTerm[]): RequirementTerm {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined && only.skills.length + only.languages.length + only.attributes.length === 0) return only;
  const attributes = new Map(terms.flatMap((term) => term.attributes).map((one) => [attributeText(one), one]));
  return {
    skills: mergeSkills(terms),
    languages: [...new Set(terms.flatMap((term) => term.languages))].sort(textOrder),
    attributes: [...attributes].sort(([left], [right]) => textOrder(left, right)).map(([, one]) => one),
  };
}

/** Choices of which one must hold on either side become choices of both. */
function crossTerms(left: readonly RequirementTerm[], right: readonly RequirementTerm[]): RequirementTerm[] {
  if (left.length === 0 || right.length === 0) return [...left, ...right].map((term) => mergeTerms(term));
  return left.flatMap((one) => right.map((other) => mergeTerms(one, other)));
}

/** Whether nothing of it could stand in another order: asks nothing, or a single skill. */
function isPlain({ skills, languages, attributes, anyOf }: Requirement): boolean {
  return skills.length <= 1 && languages.length + attributes.length + anyOf.length === 0;
}

/** All of several requirements, in one order, so that those who ask the same are told to. */
export function mergeRequirements(...requirements: readonly (Requirement | undefined)[]): Requirement {
  const given = requirements.filter((one) => one !== undefined && !(one.skills.length === 0 && isPlain(one))) as Requirement[];
  const [first = noRequirement] = given;
  // Most contacts ask for one thing: nothing to bring into order then.
  if (given.length <= 1 && isPlain(first)) return first;
  const terms = given.reduce<RequirementTerm[]>((joined, { anyOf }) => crossTerms(joined, anyOf), []);
  const byKey = new Map(terms.slice(0, maxTerms).map((term) => [termKey(term), term]));
  return { ...mergeTerms(noRequirement, ...given), anyOf: [...byKey].sort(([left], [right]) => textOrder(left, right)).map(([, term]) => term) };
}

function meetsTerm(policy: AgentPolicy, term: RequirementTerm): boolean {
  return (
    term.skills.every(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) >= minLevel) &&
    term.languages.every((language) => policy.languages.has(language)) &&
    term.attributes.every(({ name, value }) => policy.attributes.get(name) === value)
  );
}

/** Whether an agent has what is asked. */
export function meetsRequirement(policy: AgentPolicy, requirement: Requirement): boolean {
  return meetsTerm(policy, requirement) && (requirement.anyOf.length === 0 || requirement.anyOf.some((term) => meetsTerm(policy, term)));
}

function termKey(term: RequirementTerm): string {
  let key = '';
  for (const { skill, minLevel } of term.skills) key += `|${skill}:${String(minLevel)}`;
  for (const language of term.languages) key += `|@${language}`;
  for (const attribute of term.attributes) key += `|${attributeText(attribute)}`;
  return key;
}

/** Equal for requirements that ask the same, as `mergeRequirements` gives them. */
export function requirementKey(requirement: Requirement): string {
  let key = termKey(requirement);
  for (const term of requirement.anyOf) key += `/${termKey(term)}`;
  return key;
}
