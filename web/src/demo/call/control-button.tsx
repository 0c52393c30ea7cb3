/** A round button below the tiles. */
import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './call-controls.module.css';

export interface ControlButtonProps {
  testId: string;
  label: string;
  shortcut?: string;
  /** `off`: something of one's own is switched off; `missing`: there is none; `active`: something unusual goes on; `leave`: the way out. */
  tone?: 'plain' | 'off' | 'missing' | 'active' | 'leave';
  isDisabled?: boolean;
  onClick(): void;
  children: ReactNode;
}

export function ControlButton({ testId, label, shortcut, tone = 'plain', isDisabled, onClick, children }: ControlButtonProps) {
  return (
    <Tooltip label={shortcut && !isDisabled ? `${label} (${shortcut})` : label} events={{ hover: true, focus: true, touch: false }}>
      <button
        type="button" className={classes.button} data-testid={testId} data-tone={tone} aria-label={label}
        aria-keyshortcuts={shortcut} disabled={isDisabled} onClick={onClick}
      >
        {children}
      </button>
    </Tooltip>
  );
}
