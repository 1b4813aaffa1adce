import { parentPort, workerData } from 'node:worker_threads';
import { createMediaClock } from './media-clock.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './media-protocol.ts';
import { MediaRoom } from './media-room.ts';

/** Entry of a media thread: commands come one after another over the port, so a leg's commands keep their order. */
const port = parentPort;
if (port === null) throw new Error('media-worker runs as a worker thread only');
const setup = workerData as WorkerSetup;
const room = new MediaRoom(setup, createMediaClock(setup.epochOffsetNs), (message: FromWorker) => {
  if (message.kind === 'audio') port.postMessage(message, [message.chunk.samples.buffer]);
  else port.postMessage(message);
});
let queue = Promise.resolve();
port.on('message', (message: ToWorker) => {
  // A command that fails is a fault of the programme: the thread ends, its legs are told as lost.
  queue = queue.then(() => room.handle(message)).then(() => {
    if (message.kind === 'end') port.close();
  });
});
room.start();
