import { Menu } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { cloneElement, useEffect, useRef, useState } from 'react';
import type { MenuButtonProps, MenuEntry } from './menu-button.tsx';

function Entry({ entry }: { entry: MenuEntry }) {
  if (entry.kind === 'divider') return <Menu.Divider />;
  if (entry.kind === 'label') return <Menu.Label>{entry.label}</Menu.Label>;
  return (
    <Menu.Item
      leftSection={entry.icon}
      rightSection={entry.ticked === true ? <IconCheck size={16} aria-hidden /> : undefined}
      onClick={entry.onChoose}
      data-testid={entry.testId}
    >
      {entry.label}
    </Menu.Item>
  );
}

/** The menu of a MenuButton: opens at once, since it was asked for. */
export function DropMenu({ button, entries, width, position }: MenuButtonProps) {
  const [opened, setOpened] = useState(false);
  const target = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that was pressed is another element now; the focus comes back to this one when the menu closes.
    target.current?.focus();
    // It can open only once its target is drawn.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setOpened(true);
  }, []);
  return (
    <Menu position={position} width={width} opened={opened} onChange={setOpened} returnFocus>
      <Menu.Target>{cloneElement(button, { ref: target })}</Menu.Target>
      <Menu.Dropdown>{opened && entries().map((entry) => <Entry key={entry.key} entry={entry} />)}</Menu.Dropdown>
    </Menu>
  );
}
