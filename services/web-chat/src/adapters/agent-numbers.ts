import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { AgentNumbers } from '../visitor-story.ts';

/** Agent numbers (工号) from the directory's mirror: what customers are told, in place of names. */
export async function mirrorAgentNumbers(connection: BusConnection): Promise<{ numberOf: AgentNumbers; stop(): void }> {
  const mirror = await mirrorKv(connection, { bucket: 'directory', prefix: '*.Agent', decode: (bytes) => Resource.decode(bytes) });
  return {
    numberOf(tenant, agentId) {
      const resource = mirror.get(`${tenant}.Agent.${agentId}`);
      return resource?.spec?.$case === 'agent' ? resource.spec.value.agentNo : '';
    },
    stop: () => {
      mirror.stop();
    },
  };
}
