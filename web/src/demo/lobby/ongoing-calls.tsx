/** Calls that go on without this person: join late. */
import { Button } from '@mantine/core';
import { CameraIcon } from '../../ui/icons';
import type { LoggedCall } from './call-log';
import { listNames } from './people';
import classes from './lobby.module.css';

export interface OngoingCallsProps {
  entries: readonly LoggedCall[];
  onJoin(entry: LoggedCall): void;
}

export function OngoingCalls({ entries, onJoin }: OngoingCallsProps) {
  if (entries.length === 0) return null;
  return (
    <section className={classes.card} aria-labelledby="ongoing-title">
      <h2 className={classes.cardTitle} id="ongoing-title">
        <span className={classes.live} aria-hidden="true" />
        Happening now
      </h2>
      <ul className={classes.list}>
        {entries.map((entry) => (
          <li key={entry.call.id} className={classes.row} data-testid={`ongoing-call-${entry.call.id}`}>
            <span className={classes.who}>
              <span className={classes.name}>{listNames(entry.names)}</span>
              <span className={classes.status}>Started by {entry.call.creator.displayName}</span>
            </span>
            <Button
              data-testid={`join-call-${entry.call.id}`} size="sm" leftSection={<CameraIcon size={17} />}
              aria-label={`Join the call with ${listNames(entry.names)}`} onClick={() => onJoin(entry)}
            >
              Join
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
