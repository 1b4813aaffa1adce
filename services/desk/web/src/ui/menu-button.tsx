import { cloneElement, lazy, Suspense, useState, type ComponentProps, type ReactElement, type ReactNode } from 'react';

/** A line of a menu. */
export type MenuEntry =
  | { kind: 'item'; key: string; label: string; icon?: ReactNode; ticked?: boolean; testId: string; onChoose(): void }
  | { kind: 'label'; key: string; label: string }
  | { kind: 'divider'; key: string };

export interface MenuButtonProps {
  /** What opens it: one element that takes a reference and the properties of a button. */
  button: ReactElement<ComponentProps<'button'>>;
  /** Asked for when the menu is open. */
  entries(): MenuEntry[];
  width: number;
  position: 'bottom-start' | 'bottom-end';
}

const load = () => import('./drop-menu.tsx');
const DropMenu = lazy(async () => ({ default: (await load()).DropMenu }));

/** A button with a menu. What a menu needs is fetched when somebody reaches for the first one: a page opens without it. */
export function MenuButton(props: MenuButtonProps) {
  const [wanted, setWanted] = useState(false);
  // A failure shows when the menu is opened: then it is fetched again.
  const fetchAhead = () => void load().catch(() => undefined);
  const closed = cloneElement(props.button, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: fetchAhead,
    onFocus: fetchAhead,
    onClick: () => {
      setWanted(true);
    },
  });
  if (!wanted) return closed;
  return (
    <Suspense fallback={props.button}>
      <DropMenu {...props} />
    </Suspense>
  );
}
