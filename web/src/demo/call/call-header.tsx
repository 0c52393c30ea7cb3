/** Who is in the call, and for how long. */
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { PeopleIcon, ScreenIcon } from '../../ui/icons';
import { listNames } from '../lobby/people';
import type { CallState } from './call-state';
import { clock } from './outcome';
import classes from './call-header.module.css';

export function CallHeader({ state, isSharingScreen }: { state: CallState; isSharingScreen: boolean }) {
  const { people, phase, talkingSince } = state;
  const here = people.filter((person) => person.state === 'here');
  const names = (here.length > 0 ? here : people).map((person) => person.user.displayName);
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        <h1 className={classes.title}>{names.length > 0 ? listNames(names) : 'Call'}</h1>
        <p className={classes.status} role="status">
          {here.length > 0 && talkingSince ? <Elapsed since={talkingSince} /> : waitingText(phase, people.length)}
        </p>
      </div>
      {isSharingScreen && (
        <span className={classes.pill} role="status">
          <ScreenIcon size={16} />
          <span className={classes.pillText}>You share your screen</span>
        </span>
      )}
      {here.length > 1 && (
        <span className={classes.pill} aria-label={`${here.length + 1} people in the call`}>
          <PeopleIcon size={16} />
          {here.length + 1}
        </span>
      )}
    </header>
  );
}

function waitingText(phase: CallState['phase'], invited: number): string {
  if (phase === 'connecting') return 'Connecting…';
  return invited > 0 ? 'Ringing…' : 'Waiting for others…';
}

function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now());
  useInterval(() => setNow(Date.now()), 1000, { autoInvoke: true });
  // A reader announces the status when it changes; a clock would never let it rest.
  return <span aria-live="off">{clock((now - since) / 1000)}</span>;
}
