import { serviceActor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { DigestSecret } from '@patchbay/sip/auth/digest-server';
import type { PhoneSecrets } from '../sip/registrar.ts';

const timeoutMs = 2_000;
const mostRemembered = 10_000;

/** Digests from the directory; while it is down, what it said last, so that phones stay registered. */
export function createBusPhoneSecrets(bus: BusConnection): PhoneSecrets {
  const client = createRpcClient(bus, IdentityServiceDefinition);
  const actor = serviceActor(bus.name);
  const remembered = new Map<string, DigestSecret | undefined>();
  return {
    async find(tenant, sipUsername) {
      const key = `${tenant} ${sipUsername}`;
      try {
        const { ha1Md5, ha1Sha256 } = await client.getPhoneCredential({ sipUsername }, { tenant, actor, timeoutMs });
        const secret = { ...(ha1Md5 === '' ? {} : { MD5: ha1Md5 }), ...(ha1Sha256 === '' ? {} : { 'SHA-256': ha1Sha256 }) };
        remembered.delete(key);
        remembered.set(key, secret);
        const [oldest] = remembered.keys();
        if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
        return secret;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.status === 'not_found') {
          remembered.delete(key);
          return undefined;
        }
        if (!remembered.has(key)) throw error;
        bus.log.warn('phone is checked by remembered digests', { error });
        return remembered.get(key);
      }
    },
  };
}
