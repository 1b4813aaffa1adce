import type { AppError } from '@patchbay/runtime/app-error';
import { apiErrors, cliErrors } from '../errors.ts';
import { type Connection, createConnection } from './connection.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { createOutput, type Output } from './output.ts';

/** What a command works with. */
export interface CommandParts {
  connection: Connection;
  output: Output;
  context: CliContext;
  options: GlobalOptions;
}

/** Opens a connection for a command and closes it after. */
export async function withConnection(context: CliContext, options: GlobalOptions, work: (parts: CommandParts) => Promise<void>): Promise<void> {
  const connection = createConnection(context, options);
  try {
    await work({ connection, output: createOutput(context, options), context, options });
  } finally {
    // What could not be opened was told already.
    await connection.close().catch(() => undefined);
  }
}

const remedies: Readonly<Record<string, { remedy: string } | undefined>> = { ...apiErrors, ...cliErrors };

/** The fault as people read it: what happened, the code to look up, the facts, and what to do where that is known. */
export function formatFault(error: AppError): string {
  const remedy = remedies[error.code]?.remedy;
  const facts = Object.entries(error.details).map(([name, value]) => `  ${name}: ${value}\n`);
  return `${error.message} (${error.code})\n${facts.join('')}${remedy === undefined ? '' : `${remedy}\n`}`;
}

/** The fault for programs. */
export function faultJson(error: AppError): string {
  return `${JSON.stringify({ error: { code: error.code, status: error.status, message: error.message, retryable: error.retryable, details: error.details } })}\n`;
}
