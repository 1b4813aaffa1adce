import { useTimed } from '../connection/now.ts';
import { secondsLeft } from '../format.ts';
import styles from './ring.module.css';

const radius = 20;
const around = 2 * Math.PI * radius;

/** A ring that runs empty until a deadline, with the seconds left in it. */
export function CountdownRing({ fromMs, endsMs, label }: { fromMs: number; endsMs: number; label: (seconds: number) => string }) {
  const seconds = useTimed((nowMs) => secondsLeft(endsMs, nowMs));
  const share = useTimed((nowMs) => Math.round(Math.max(0, Math.min(1, (endsMs - nowMs) / Math.max(1, endsMs - fromMs))) * 200) / 200);
  const tone = seconds <= 5 ? styles['urgent'] : '';
  return (
    <div className={`${styles['ring'] ?? ''} ${tone ?? ''}`} role="timer" aria-label={label(seconds)}>
      <svg viewBox="0 0 48 48" aria-hidden>
        <circle cx="24" cy="24" r={radius} className={styles['track']} />
        <circle cx="24" cy="24" r={radius} className={styles['bar']} strokeDasharray={around} strokeDashoffset={around * (1 - share)} transform="rotate(-90 24 24)" />
      </svg>
      <span className="tabular" aria-hidden>
        {seconds}
      </span>
    </div>
  );
}
