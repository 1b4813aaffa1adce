import { connectBus } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import { startChannel } from '@patchbay/channel-kit/start-channel';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { startCallBackServer } from './adapters/call-back-server.ts';
import { createWeChatPlatform } from './adapters/wechat-platform.ts';
import type { WeChatConfig } from './config.ts';
import { createWeChatChannel } from './wechat-channel.ts';

/** WeChat that runs. */
export interface RunningWeChat extends RunningService {
  /** Port that the platform calls. */
  readonly port: number;
}

/** Builds and starts the WeChat channel. */
export async function startWeChat(config: WeChatConfig, context: Pick<ServiceContext, 'log' | 'metrics' | 'readiness'>): Promise<RunningWeChat> {
  const { log, metrics, readiness } = context;
  const connection = await connectBus({
    servers: config.natsUrl,
    name: 'wechat',
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus connected', connected);
    },
  });
  await ensureTopology(connection);
  let port = 0;
  const adapter = createWeChatChannel({
    platform: createWeChatPlatform(connection.clock),
    limits: config.limits,
    async listen(receiver) {
      const server = await startCallBackServer({ host: config.host, port: config.port, log, metrics }, receiver);
      port = server.port;
      return server;
    },
  });
  const channel = await startChannel(adapter, { connection, log, metrics, readiness });
  return {
    port,
    async stop() {
      await channel.stop();
      await connection.drain();
    },
  };
}
