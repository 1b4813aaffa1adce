import styles from './state-shape.module.css';

/** What a state looks like: each has its own colour and its own shape, for those who do not tell colours apart. */
export type Shape = 'ready' | 'not_ready' | 'break' | 'unreachable' | 'signed_out' | 'reserved' | 'engaged' | 'held' | 'wrap_up';

export function StateShape({ shape, size = 12 }: { shape: Shape; size?: number }) {
  return (
    <svg className={styles['shape']} data-shape={shape} width={size} height={size} viewBox="0 0 12 12" aria-hidden>
      {shape === 'ready' && <circle cx="6" cy="6" r="5" />}
      {shape === 'not_ready' && <path d="M1 4.8h10v2.4H1z M6 0.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 6 .6Zm0 1.5a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z" />}
      {shape === 'break' && <path d="M1.6 1h3v10h-3zM7.4 1h3v10h-3z" />}
      {shape === 'unreachable' && <path d="M6 .6 11.8 11H.2z" />}
      {shape === 'signed_out' && <path d="M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Zm0 1.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z" />}
      {shape === 'reserved' && <path d="M6 .4 11.6 6 6 11.6.4 6z" />}
      {shape === 'engaged' && <rect x="1" y="1" width="10" height="10" rx="2.4" />}
      {shape === 'held' && <path d="M1 1h10v10H1z M3 3v6h2V3zM7 3v6h2V3z" fillRule="evenodd" />}
      {shape === 'wrap_up' && <path d="M2 1h5.6L10 3.4V11H2z" />}
    </svg>
  );
}
