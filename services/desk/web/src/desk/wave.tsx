import { ActionIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import WaveSurfer from 'wavesurfer.js';
import type { RecordingView } from '../../../src/domain/record-types.ts';
import { fetchPeaks, recordingUrl } from '../api.ts';
import { formatDuration } from '../format.ts';
import { useText } from '../i18n.ts';
import styles from './wave.module.css';

const heightPx = 44;
const stepSeconds = 5;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function nonce(): string {
  return document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
}

/** A drawing over an audio element: the sound comes by range as it is heard, never as a whole. */
function useWave(options: { url: string; peaks: number[][] | undefined; seconds: number }) {
  const { url, peaks, seconds } = options;
  const box = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer | null>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (box.current === null || peaks === undefined) return;
    const media = new Audio();
    media.preload = 'none';
    media.src = url;
    const surfer = WaveSurfer.create({
      container: box.current,
      media,
      peaks,
      duration: seconds,
      height: heightPx,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      cursorWidth: 2,
      cursorColor: colour('--text'),
      cspNonce: nonce(),
      splitChannels: [
        { waveColor: colour('--line-strong'), progressColor: colour('--good') },
        { waveColor: colour('--line-strong'), progressColor: colour('--accent') },
      ],
    });
    surfer.on('play', () => {
      setPlaying(true);
    });
    surfer.on('pause', () => {
      setPlaying(false);
    });
    surfer.on('timeupdate', setAt);
    wave.current = surfer;
    return () => {
      wave.current = null;
      surfer.destroy();
      media.removeAttribute('src');
    };
  }, [url, peaks, seconds]);
  return { box, wave, playing, at };
}

/** One recording: customer above, agent below; press to play, click to go there. */
export function Wave({ contactId, recording }: { contactId: string; recording: RecordingView }) {
  const { t } = useText();
  const { recordingId, durationMs, gapMs } = recording;
  const seconds = durationMs / 1000;
  const drawing = useQuery({ queryKey: ['peaks', contactId, recordingId], queryFn: () => fetchPeaks(contactId, recordingId), staleTime: Infinity });
  // Without a drawing the recording can still be played.
  const peaks = drawing.data ?? (drawing.isError ? [[0], [0]] : undefined);
  const { box, wave, playing, at } = useWave({ url: recordingUrl(contactId, recordingId), peaks, seconds });
  const move = (bySeconds: number) => {
    wave.current?.setTime(Math.max(0, Math.min(seconds, at + bySeconds)));
  };
  return (
    <div className={styles['wave']} data-testid="recording">
      <div
        ref={box}
        className={styles['drawing']}
        role="slider"
        tabIndex={0}
        aria-label={t('review.position')}
        aria-valuemin={0}
        aria-valuemax={Math.round(seconds)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={formatDuration(at * 1000)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight') move(stepSeconds);
          if (event.key === 'ArrowLeft') move(-stepSeconds);
        }}
      />
      <div className={styles['controls']}>
        <ActionIcon
          radius="xl"
          size="lg"
          disabled={peaks === undefined}
          aria-label={t(playing ? 'review.pause' : 'review.play')}
          onClick={() => void wave.current?.playPause()}
          data-testid="play"
        >
          {playing ? <IconPlayerPauseFilled size={16} aria-hidden /> : <IconPlayerPlayFilled size={16} aria-hidden />}
        </ActionIcon>
        <span className="tabular">
          {formatDuration(at * 1000)} / {formatDuration(durationMs)}
        </span>
        <span className={styles['sides']}>
          <span data-side="left">{t('review.left')}</span>
          <span data-side="right">{t('review.right')}</span>
        </span>
      </div>
      {gapMs > 0 && <p className={styles['gap']}>{t('review.gap', { time: formatDuration(gapMs) })}</p>}
    </div>
  );
}
