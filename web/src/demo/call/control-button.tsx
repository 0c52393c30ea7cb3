/** A round button below the tiles. */
import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './call-controls.module.css';

export interface ControlButtonProps {
  testId: string;
  label: string;
  shortcut?: string;
  /** `off`: one's own device is off; `missing`: there is none; `active`: something unusual goes on; `leave`: the way out. */
  tone?: 'plain' | 'off' | 'missing' | 'active' | 'leave';
  isDisabled?: boolean;
  onClick(): void;
  children: ReactNode;
}

export function ControlButton(props: ControlButtonProps) {
  const { testId, label, shortcut, tone = 'plain', isDisabled, onClick, children } = props;
  const hint = shortcut && !isDisabled ? `${label} (${shortcut})` : label;
  return (
    <Tooltip label={hint} events={{ hover: true, focus: true, touch: false }}>
      <button
        type="button" className={classes.button} data-testid={testId} data-tone={tone} aria-label={label}
        aria-keyshortcuts={shortcut} disabled={isDisabled} onClick={onClick}
      >
        {children}
      </button>
    </Tooltip>
  );
}
