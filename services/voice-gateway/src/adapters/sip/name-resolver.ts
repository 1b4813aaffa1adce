import { lookup } from 'node:dns/promises';
import { abortable } from '@patchbay/runtime/deadline';
import type { TargetResolver } from '@patchbay/sip/target-hop';

const lookUpLimitMs = 3_000;
const sipPort = 5_060;

/** Finds trunks that are given by name: their addresses as the system knows them, without SRV records. */
export const nameResolver: TargetResolver = {
  async resolve({ host, port, protocol }) {
    const found = await abortable(lookup(host, { all: true }), AbortSignal.timeout(lookUpLimitMs));
    return found.map(({ address }) => ({ protocol, address, port: port ?? sipPort }));
  },
};
