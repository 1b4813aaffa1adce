import { describe, expect, test } from '@jest/globals';
import { maskFact, maskResponse } from './mask-response.ts';

describe('responses', () => {
  test('the facts of a contact are masked by their own type', () => {
    const json = JSON.stringify({ contactId: 'c', channel: 'voice', customer: { type: 'tel', address: '13812341234', displayName: '张三' } });
    const response = { contact: { customer: { address: '13812341234', displayName: '张三' }, summary: '退款' }, facts: [{ type: 'patchbay.contact.v1.ContactStarted', json }] };
    const masked = maskResponse('patchbay.crm.v1.GetContactResponse', response);
    expect(JSON.stringify(masked)).not.toMatch(/13812341234|张三|退款/);
    expect(JSON.parse(masked.facts[0]?.json ?? '')).toMatchObject({ channel: 'voice', customer: { type: 'tel', address: '138****1234' } });
  });

  test('a fact of a type that is not known here goes out without its content', () => {
    expect(maskFact('patchbay.contact.v9.Unheard', '{"phone":"13812341234"}')).toBe('');
  });

  test('names of staff are shown where the table says so, those of customers are not', () => {
    const resources = [{ spec: { $case: 'agent', value: { displayName: '坐席 1001' } } }, { spec: { $case: 'customer', value: { displayName: '张三', identities: [{ address: '13812341234' }] } } }];
    expect(maskResponse('patchbay.directory.v1.ListResourcesResponse', { resources }, ['agent.displayName'])).toEqual({
      resources: [{ spec: { $case: 'agent', value: { displayName: '坐席 1001' } } }, { spec: { $case: 'customer', value: { displayName: '张**', identities: [{ address: '138****1234' }] } } }],
    });
  });

  test('a message without personal fields is passed on untouched', () => {
    const response = { queues: [] };
    expect(maskResponse('patchbay.routing.v1.ListQueuesResponse', response)).toBe(response);
  });
});
