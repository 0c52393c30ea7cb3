/** The short messages, above everything but a ringing call. */
import { CloseButton } from '@mantine/core';
import { WarningIcon } from '../ui/icons';
import type { Notice } from './notices';
import classes from './notice-list.module.css';

export interface NoticeListProps {
  notices: readonly Notice[];
  /** The connection is away; it comes back by itself. */
  isReconnecting: boolean;
  onDismiss(id: number): void;
}

export function NoticeList({ notices, isReconnecting, onDismiss }: NoticeListProps) {
  return (
    <div className={classes.notices} role="status" aria-live="polite">
      {isReconnecting && (
        <div className={classes.notice} data-testid="reconnecting">
          <span className={classes.spinner} aria-hidden="true" />
          Connection lost. Trying to get it back…
        </div>
      )}
      {notices.map(({ id, text, tone }) => (
        <div key={id} className={classes.notice} data-tone={tone} data-testid="notice">
          {tone === 'bad' && <WarningIcon size={18} />}
          <span>{text}</span>
          <CloseButton size="sm" variant="transparent" c="inherit" aria-label="Dismiss" onClick={() => onDismiss(id)} />
        </div>
      ))}
    </div>
  );
}
