import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of analytics. */
export const analyticsErrors = {
  ANALYTICS_BAD_SQL: { status: 'invalid_argument', meaning: 'The statement is not one SELECT that the warehouse can run.', remedy: 'Send a single SELECT over the tables and views of docs/reference/warehouse.md.' },
  ANALYTICS_TIMEOUT: { status: 'deadline_exceeded', meaning: 'The statement took too long.', remedy: 'Narrow the time range or read from the views by interval.', retryable: false },
  ANALYTICS_TOO_LARGE: { status: 'resource_exhausted', meaning: 'The statement needs more memory than the warehouse has.', remedy: 'Narrow the time range, group before joining, or give PATCHBAY_WAREHOUSE_MEMORY_MB more.', retryable: false },
  ANALYTICS_BAD_RANGE: { status: 'invalid_argument', meaning: 'The time range or interval is wrong.', remedy: 'Give `from` before `to`, an interval of 15, 30, 60 or 1440 minutes, and at most 2000 intervals.' },
  ANALYTICS_NOT_ALLOWED: { status: 'permission_denied', meaning: 'The caller may not read figures.', remedy: 'Ask for the role manager, team_lead, qa or admin.' },
  ANALYTICS_WAREHOUSE: { status: 'unavailable', meaning: 'The warehouse did not take or give rows.', remedy: 'See the log; feeding goes on by itself when it can.' },
  ANALYTICS_LOG: { status: 'unavailable', meaning: 'Kafka did not take or give records.', remedy: 'See whether the brokers are up; feeding goes on by itself when they are.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of analytics. */
export const analyticsError = errorsOf(analyticsErrors);
