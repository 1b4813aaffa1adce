import { randomBytes } from 'node:crypto';
import type { SimulatedPlatform } from '../platforms/wechat-platform.ts';
import type { CustomerChannel } from './customer.ts';

/** Followers of the official account. */
export function createWeChatCustomers(platform: SimulatedPlatform): CustomerChannel {
  return {
    name: 'wechat',
    async connect(index, signal) {
      const openId = `o-demo-${index}-${randomBytes(6).toString('hex')}`;
      const inbox = platform.inboxOf(openId);
      return Promise.resolve({
        say: async (text) => void (await platform.write(openId, text)),
        hear: (timeoutMs) => inbox.take(timeoutMs, signal),
        leave: () => Promise.resolve(),
      });
    },
  };
}
