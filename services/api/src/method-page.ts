import { type Role, roleToJSON } from '@patchbay/contracts/directory/v1/resource';
import type { MethodRule } from './domain/access.ts';
import type { ServedService } from './method-table.ts';

function names(roles: readonly Role[]): string {
  return roles.map((role) => roleToJSON(role).replace('ROLE_', '').toLowerCase()).join(', ');
}

function whoMay(rule: MethodRule): string {
  if (rule.access === 'open') return 'anybody, without a credential';
  if (rule.access === 'services') return 'services only; not served';
  return rule.own === undefined ? names(rule.roles) : `${names(rule.roles)}; ${names(rule.own.roles)} for the own`;
}

/** The page docs/reference/api.md: who may call what, from the table that decides it. */
export function renderMethodPage(services: readonly ServedService[]): string {
  const sections = services.map(({ definition, rules }) => {
    const rows = Object.entries(definition.methods).map(([key, method]) => {
      const rule = rules[key];
      return `| \`${method.name}\` | ${method.responseStream ? 'stream' : 'call'} | ${rule === undefined ? '' : whoMay(rule)} |`;
    });
    return `## ${definition.fullName}\n\n| method | kind | who may |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# The gRPC API: who may call what\n\nMade from \`services/api/src/method-table.ts\`; a test keeps this page to it. What each method does stands in \`proto/\`; what each error means in [errors.md](errors.md). "For the own": only what belongs to the agent that the caller works as.\n\n${sections.join('\n')}`;
}
