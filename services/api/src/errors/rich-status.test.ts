import { describe, expect, test } from '@jest/globals';
import { ResourceFaults } from '@patchbay/contracts/directory/v1/directory_service';
import { BadRequest, ErrorInfo, LocalizedMessage, RetryInfo } from '@patchbay/contracts/google/rpc/error_details';
import { Status } from '@patchbay/contracts/google/rpc/status';
import { AppError, type ErrorStatus } from '@patchbay/runtime/app-error';
import { apiError, apiErrors } from '../errors.ts';
import { chineseByCode, pickLanguage } from './messages.ts';
import { grpcCodes, toRichStatus } from './rich-status.ts';

function detailsOf(error: AppError, language: 'zh-CN' | 'en' = 'en') {
  const rich = toRichStatus(error, language);
  const status = Status.decode(rich.details);
  const find = <Message>(codec: { $type: string; decode(bytes: Uint8Array): Message }): Message | undefined => {
    const found = status.details.find((one) => one.typeUrl.endsWith(`/${codec.$type}`));
    return found === undefined ? undefined : codec.decode(found.value);
  };
  return { rich, status, find };
}

describe('an error on the wire', () => {
  test('always carries its code as reason, its details, and a message in the language asked for', () => {
    const { status, find } = detailsOf(apiError('API_FORBIDDEN', { details: { method: 'x/Y' } }), 'zh-CN');
    expect(status).toMatchObject({ code: 7, message: apiErrors.API_FORBIDDEN.meaning });
    expect(find(ErrorInfo)).toEqual({ reason: 'API_FORBIDDEN', domain: 'patchbay', metadata: { method: 'x/Y' } });
    expect(find(LocalizedMessage)).toEqual({ locale: 'zh-CN', message: chineseByCode['API_FORBIDDEN'] });
    expect(find(RetryInfo)).toBeUndefined();
  });

  test('says when to come again', () => {
    expect(detailsOf(apiError('API_BUSY', { details: { retryAfterMs: '1500' } })).find(RetryInfo)?.retryDelay).toEqual({ seconds: 1n, nanos: 500_000_000 });
    const locked = new AppError('DIRECTORY_LOCKED_OUT', { status: 'resource_exhausted', meaning: 'm', remedy: 'r' }, { details: { retryAfterSeconds: '30' } });
    expect(detailsOf(locked).find(RetryInfo)?.retryDelay).toEqual({ seconds: 30n, nanos: 0 });
    expect(detailsOf(apiError('API_REQUEST_TOO_LARGE')).find(RetryInfo)).toBeUndefined();
  });

  test('names the fields that are wrong', () => {
    const error = apiError('API_BAD_FIELD', { details: { contactId: 'must be a UUID' } });
    expect(detailsOf(error).find(BadRequest)?.fieldViolations).toMatchObject([{ field: 'contactId', description: 'must be a UUID' }]);
  });

  test('names as many faults of files as fit into a header', () => {
    const faults = Array.from({ length: 500 }, (_, index) => ({ file: 'a.yaml', line: index, resource: 'Queue/x', path: 'spec.x', message: 'is out of range', remedy: 'Write a whole number from 5 to 120.' }));
    const error = new AppError('DIRECTORY_INVALID_RESOURCES', { status: 'invalid_argument', meaning: 'm', remedy: 'r' }, { details: { faults: '500' }, attachment: { type: ResourceFaults.$type, value: ResourceFaults.encode({ faults }).finish() } });
    const { rich, find } = detailsOf(error);
    expect(Buffer.from(rich.details).toString('base64').length).toBeLessThan(8_000);
    expect(find(BadRequest)?.fieldViolations[0]).toMatchObject({ field: 'a.yaml:0 spec.x', description: 'is out of range. Write a whole number from 5 to 120.' });
    expect(find(ErrorInfo)?.metadata).toEqual({ faults: '500' });
  });

  test('tells nothing of its cause', () => {
    const { rich } = detailsOf(AppError.from(new Error('password of 张三 is x')));
    expect(Buffer.from(rich.details).toString()).not.toContain('张三');
    expect(rich.code).toBe(13);
  });

  test('has a number of its own for every kind of failure', () => {
    const statuses: ErrorStatus[] = ['cancelled', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists', 'permission_denied', 'resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range', 'unimplemented', 'internal', 'unavailable', 'data_loss', 'unauthenticated'];
    expect(new Set(statuses.map((status) => grpcCodes[status])).size).toBe(15);
  });

  test('is told in Chinese for every code of this service', () => {
    for (const code of Object.keys(apiErrors)) expect([code, chineseByCode[code]]).toEqual([code, expect.stringMatching(/[一-龥]/)]);
  });
});

describe('the language', () => {
  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'en', 'zh-CN'],
    ['en-US,en;q=0.9,zh;q=0.1', 'zh-CN', 'en'],
    ['fr, zh;q=0.5', 'en', 'zh-CN'],
    ['zh;q=0, en', 'zh-CN', 'en'],
    ['fr', 'zh-CN', 'zh-CN'],
    [undefined, '', 'en'],
    [',;q=9;;', 'zh-CN', 'zh-CN'],
  ])('%s with %s is %s', (header, fallback, picked) => {
    expect(pickLanguage(header, fallback)).toBe(picked);
  });
});
