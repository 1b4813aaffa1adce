import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ObjectRef } from '@patchbay/contracts/message/v1/content';
import { type QualityServiceClient, QualityServiceDefinition, ListScoresResponse, type Score } from '@patchbay/contracts/quality/v1/quality_service';
import { RuleOutcome, ruleOutcomeToJSON } from '@patchbay/contracts/quality/v1/quality_event';
import { GetTranscriptResponse, ListRecordingsResponse, type ReadRecordingResponse, type Recording, RecordingPart, type RecordingServiceClient, RecordingServiceDefinition, recordingStatusToJSON } from '@patchbay/contracts/recording/v1/recording_service';
import { cliError } from '../../errors.ts';
import { formatFigure, formatSeconds, formatTable, formatTime, formatWord } from '../format.ts';
import type { CommandParts } from '../run-command.ts';

type Run = (work: (parts: CommandParts) => Promise<void>) => Promise<void>;

const recordingsOf = ({ connection }: CommandParts) => connection.client<RecordingServiceClient>(RecordingServiceDefinition);

/** Writes a stream to a file that is there whole or not at all, and checks its sum. */
async function writeStream(path: string, stream: AsyncIterable<ReadRecordingResponse>): Promise<{ bytes: number; object: ObjectRef | undefined }> {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  const hash = createHash('sha256');
  let object: ObjectRef | undefined;
  let bytes = 0;
  try {
    for await (const response of stream) {
      object ??= response.object;
      hash.update(response.chunk);
      bytes += response.chunk.length;
      await file.write(response.chunk);
    }
    await file.close();
    const sha256 = hash.digest('hex');
    if (object !== undefined && object.sha256 !== '' && object.sha256 !== sha256) throw cliError('CLI_NOTHING', { details: { file: path, expected: object.sha256, got: sha256 } });
    await rename(part, path);
    return { bytes, object };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

const recordingRow = (one: Recording) => [one.recordingId, formatWord(recordingStatusToJSON(one.status), 'RECORDING_STATUS_'), formatSeconds(Number(one.durationMs) / 1000), formatTime(one.startedAt), one.retentionClass];

function addRecordings(program: Command, run: Run): void {
  const recordings = program.command('recordings').description('recordings and transcripts; each read is noted in the audit');
  recordings
    .command('list <contact>')
    .description('list what is kept of a contact')
    .action((contactId: string) =>
      run(async (parts) => {
        const response = await (await recordingsOf(parts)).listRecordings({ contactId });
        parts.output.show(ListRecordingsResponse, response, ({ recordings: all }) => formatTable(['RECORDING', 'STATUS', 'LENGTH', 'STARTED', 'RETENTION'], all.map(recordingRow)));
      }),
    );
  recordings
    .command('get <contact>')
    .description('save the recording of a contact: stereo WAV, customer left, agent right')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--recording <id>', 'which, when there are several; the last by default')
    .option('--peaks', 'the peaks for drawing, as JSON, instead of the sound', false)
    .addHelpText('after', '\nExample:\n  patchbay recordings get 0198c2f0-0000-7000-8000-000000000001 --out call.wav\n')
    .action((contactId: string, options: { out: string; recording?: string; peaks: boolean }) =>
      run(async (parts) => {
        const part = options.peaks ? RecordingPart.PEAKS : RecordingPart.AUDIO;
        const stream = (await recordingsOf(parts)).readRecording({ contactId, recordingId: options.recording ?? '', part });
        const { bytes, object } = await writeStream(resolve(parts.context.cwd, options.out), stream);
        parts.output.say(`${options.out}: ${bytes} bytes`, { file: options.out, bytes, sha256: object?.sha256 ?? '' });
      }),
    );
  recordings
    .command('transcript <contact>')
    .description('show what was said or written')
    .action((contactId: string) =>
      run(async (parts) => {
        const response = await (await recordingsOf(parts)).getTranscript({ contactId });
        parts.output.show(GetTranscriptResponse, response, ({ turns }) => formatTable(['AT', 'WHO', 'WORDS'], turns.map((turn) => [formatSeconds(Number(turn.startMs) / 1000), turn.speaker, turn.text])));
      }),
    );
}

function formatScore({ scored, scoredAt }: Score): string {
  if (scored === undefined) return '';
  const mark = { [RuleOutcome.PASSED]: '✓', [RuleOutcome.FAILED]: '✗', [RuleOutcome.REVIEW]: '?' } as Readonly<Record<number, string>>;
  const rows = scored.findings.map((finding) => [
    mark[finding.outcome] ?? '–',
    finding.rule,
    formatWord(ruleOutcomeToJSON(finding.outcome), 'RULE_OUTCOME_'),
    finding.pointsPossible === 0 ? formatFigure(finding.points) : `${formatFigure(finding.points)}/${formatFigure(finding.pointsPossible)}`,
    finding.evidence.map((one) => one.quote).filter((quote) => quote !== '').join(' | '),
  ]);
  return `${formatFigure(scored.scorePct, ' %')}  ${scored.ruleSet} revision ${scored.ruleSetRevision}  agent ${scored.agentId}  ${formatTime(scoredAt)}\n${formatTable(['', 'RULE', 'OUTCOME', 'POINTS', 'EVIDENCE'], rows)}`;
}

export function addRecordCommands(program: Command, run: Run): void {
  addRecordings(program, run);
  const scores = program.command('scores').description('quality scores');
  scores
    .command('get <contact>')
    .description('show the scores of a contact, newest first')
    .action((contactId: string) =>
      run(async (parts) => {
        const client = await parts.connection.client<QualityServiceClient>(QualityServiceDefinition);
        const response = await client.listScores({ contactId });
        parts.output.show(ListScoresResponse, response, ({ scores: all }) => (all.length === 0 ? 'nothing\n' : all.map(formatScore).join('\n')));
      }),
    );
}
