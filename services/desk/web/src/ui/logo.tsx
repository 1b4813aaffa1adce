/** The mark: two jacks joined by a cord. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#2f52c8" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M9.5 10.5v3.2c0 4.6 13 3.9 13 8.6v-.8" />
      </g>
      <circle cx="9.5" cy="9.5" r="2.8" fill="#fff" />
      <circle cx="22.5" cy="22.5" r="2.8" fill="#fff" />
      <circle cx="22.5" cy="9.5" r="2.1" fill="none" stroke="#fff" strokeOpacity=".55" strokeWidth="1.6" />
      <circle cx="9.5" cy="22.5" r="2.1" fill="none" stroke="#fff" strokeOpacity=".55" strokeWidth="1.6" />
    </svg>
  );
}
