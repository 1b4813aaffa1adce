import { connectBus } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { ensureTopology } from '@patchbay/bus/topology';
import { startChannel } from '@patchbay/channel-kit/start-channel';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { mirrorAgentNumbers } from './adapters/agent-numbers.ts';
import { createBusContactFacts } from './adapters/bus-contact-facts.ts';
import { readPages } from './adapters/pages.ts';
import { startWebServer } from './adapters/web-server.ts';
import type { WebChatConfig } from './config.ts';
import { createWebChatChannel } from './web-chat-channel.ts';

/** Web chat that runs. */
export interface RunningWebChat extends RunningService {
  /** Port of widget and socket. */
  readonly port: number;
}

/** Builds and starts web chat. */
export async function startWebChat(config: WebChatConfig, context: Pick<ServiceContext, 'log' | 'metrics' | 'readiness'>): Promise<RunningWebChat> {
  const { log, metrics, readiness } = context;
  const connection = await connectBus({
    servers: config.natsUrl,
    name: 'web-chat',
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus connected', connected);
    },
  });
  await ensureTopology(connection);
  const agents = await mirrorAgentNumbers(connection);
  const pages = await readPages(new URL('../dist/widget.js', import.meta.url).pathname);
  let port = 0;
  const channel = await startChannel(
    createWebChatChannel({
      facts: createBusContactFacts(connection),
      store: await openKv(connection, 'channel-state'),
      agentNumbers: agents.numberOf,
      messageRate: config.messageRate,
      awayLimit: config.awayLimit,
      listen: (visitors) =>
        startWebServer(
          {
            ...config,
            pages,
            log,
            onListening: (listening) => {
              port = listening;
            },
          },
          visitors,
        ),
    }),
    { connection, log, metrics, readiness },
  );
  return {
    port,
    async stop() {
      await channel.stop();
      agents.stop();
      await connection.drain();
    },
  };
}
