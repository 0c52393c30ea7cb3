/** Calls that were, with what became of them. */
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import type { Channel } from 'whisker-client';
import type { LoggedCall } from './call-log';
import { PastCallRow } from './past-call-row';
import classes from './lobby.module.css';

/** How often "5 min ago" is looked at again. */
const CLOCK_MS = 30_000;

export interface PastCallsProps {
  entries: readonly LoggedCall[] | null;
  myId: number;
  onCallAgain(channel: Channel): void;
}

export function PastCalls({ entries, myId, onCallAgain }: PastCallsProps) {
  const [now, setNow] = useState(Date.now());
  useInterval(() => setNow(Date.now()), CLOCK_MS, { autoInvoke: true });
  return (
    <section className={classes.card} aria-labelledby="past-title" data-testid="history">
      <h2 className={classes.cardTitle} id="past-title">Recent calls</h2>
      {entries && entries.length > 0 ? (
        <ul className={classes.list}>
          {entries.map((entry) => (
            <PastCallRow
              key={entry.call.id} entry={entry} myId={myId} now={now} onCallAgain={() => onCallAgain(entry.channel)}
            />
          ))}
        </ul>
      ) : (
        <p className={classes.nothing}>{entries ? 'Calls you make or miss are listed here.' : 'Looking…'}</p>
      )}
    </section>
  );
}
