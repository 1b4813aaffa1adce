import type { Conversation, Hit } from './conversation.ts';
import type { Context, RuleSet, Sense } from './rule-set.ts';

function anyHit(conversation: Conversation, terms: readonly number[], accepts: (hit: Hit) => boolean): boolean {
  for (const term of terms) for (const hit of conversation.hitsOf(term)) if (accepts(hit)) return true;
  return false;
}

/** Whether a span of the phrases overlaps the find. */
export function isInSpan(conversation: Conversation, terms: readonly number[], found: Hit): boolean {
  return anyHit(conversation, terms, (hit) => hit.turn === found.turn && hit.start < found.end && found.start < hit.end);
}

/** A longer word around the find: 喂 in 喂食. */
function isInsideWord(conversation: Conversation, terms: readonly number[], found: Hit): boolean {
  return anyHit(conversation, terms, (hit) => hit.turn === found.turn && hit.start <= found.start && found.end <= hit.end && hit.end - hit.start > found.end - found.start);
}

function hasSense(conversation: Conversation, sense: Sense, found: Hit): boolean {
  const before = (hit: Hit) => hit.turn === found.turn && hit.end <= found.start && found.start - hit.end <= sense.chars;
  const after = (hit: Hit) => hit.turn === found.turn && hit.start >= found.end && hit.start - found.end <= sense.chars;
  return anyHit(conversation, sense.before, before) || anyHit(conversation, sense.after, after);
}

/** Signs before or after a find that must come along for it to count as the customer's own words. */
const echoSigns = 2;
const echoTurns = 3;

/** The agent repeats what the customer said a moment ago, with the words around it. */
function isEcho(conversation: Conversation, found: Hit): boolean {
  const here = conversation.turns[found.turn];
  if (here === undefined) return false;
  const { text } = here.normalised;
  const quotes = [
    ...(found.start >= echoSigns ? [text.slice(found.start - echoSigns, found.end)] : []),
    ...(found.end + echoSigns <= text.length ? [text.slice(found.start, found.end + echoSigns)] : []),
  ];
  let looked = 0;
  for (let index = found.turn - 1; index >= 0 && looked < echoTurns; index -= 1) {
    const turn = conversation.turns[index];
    if (turn === undefined || turn.turn.speaker === here.turn.speaker) continue;
    looked += 1;
    if (quotes.some((quote) => turn.normalised.text.includes(quote))) return true;
  }
  return false;
}

/** Whether any of the contexts gives the find another meaning. */
export function isInContext(ruleSet: RuleSet, conversation: Conversation, contexts: readonly Context[], found: Hit): boolean {
  return contexts.some((context) => {
    switch (context.kind) {
      case 'inside_word':
        return isInsideWord(conversation, context.terms, found);
      case 'echo':
        return isEcho(conversation, found);
      case 'sense': {
        const sense = ruleSet.senses.get(context.sense);
        return sense !== undefined && hasSense(conversation, sense, found);
      }
    }
  });
}
