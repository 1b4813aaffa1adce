import { connectBus } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import { startChannel } from '@patchbay/channel-kit/start-channel';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createMailParser } from './adapters/mail-parser.ts';
import { createMailSender } from './adapters/smarthost-sender.ts';
import { startSmtpReceiver } from './adapters/smtp-receiver.ts';
import type { EmailConfig } from './config.ts';
import { createEmailChannel } from './email-channel.ts';

/** E-mail that runs. */
export interface RunningEmail extends RunningService {
  /** Port that takes mail. */
  readonly port: number;
}

const limits = { maxHeaderBytes: 262_144, maxDepth: 50, maxParts: 500, maxTextLength: 200_000 };

/** Builds and starts the e-mail channel. */
export async function startEmail(config: EmailConfig, context: Pick<ServiceContext, 'log' | 'metrics' | 'readiness'>): Promise<RunningEmail> {
  const { log, metrics, readiness } = context;
  const connection = await connectBus({
    servers: config.natsUrl,
    name: 'email',
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus connected', connected);
    },
  });
  await ensureTopology(connection);
  let port = 0;
  const adapter = createEmailChannel({
    parser: createMailParser({ limits, log }),
    sender: createMailSender(),
    async listen(receiver) {
      const server = await startSmtpReceiver({ ...config, log, metrics }, receiver);
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
