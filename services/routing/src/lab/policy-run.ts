import type { Directory } from '../directory.ts';
import { toReport, type LabReport } from './report.ts';
import { runLab, type LabRun } from './run-lab.ts';

/** A workload that is run under one set of policies after another. */
export interface PolicyRuns extends Omit<LabRun, 'directory' | 'onProgress'> {
  /** Share of the whole work that one run is, 0 to 1. */
  readonly share: number;
  /** Told how far the whole work is, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

/** Gives the run of a directory's policies, as a report; `doneBefore` is how far the whole work was before it, 0 to 1. */
export function createPolicyRun({ share, onProgress, ...run }: PolicyRuns): (directory: Directory, doneBefore: number) => LabReport {
  const { startMs, measureToMs } = run;
  return (directory, doneBefore) => {
    const tell = (nowMs: number) => onProgress?.(doneBefore + share * Math.min(1, (nowMs - startMs) / (measureToMs - startMs)));
    return toReport(runLab({ ...run, directory, onProgress: tell }).meter);
  };
}
