import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of the directory. */
export interface DirectoryConfig {
  natsUrl: string;
  replicas: number;
  tenant: string;
  adminPassword: string | undefined;
}

export function readDirectoryConfig(reader: ConfigReader): DirectoryConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
    tenant: reader.text('PATCHBAY_TENANT', 'tenant that is made when it is not there', 'demo'),
    adminPassword: reader.optional('PATCHBAY_ADMIN_PASSWORD', 'password of the first admin; used only while the tenant has no admin'),
  };
}
