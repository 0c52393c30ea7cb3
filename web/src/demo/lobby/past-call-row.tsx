/** One call that is over. */
import { ActionIcon, Tooltip } from '@mantine/core';
import { IncomingIcon, MissedIcon, OutgoingIcon, PhoneIcon } from '../../ui/icons';
import { duration, outcomeFor, type Direction } from '../call/outcome';
import type { LoggedCall } from './call-log';
import { listNames } from './people';
import { when } from './when';
import classes from './lobby.module.css';

export interface PastCallRowProps {
  entry: LoggedCall;
  myId: number;
  now: number;
  onCallAgain(): void;
}

const ICONS = { outgoing: OutgoingIcon, incoming: IncomingIcon, missed: MissedIcon } as const;
const WORDS: Record<Direction, string> = { outgoing: 'Outgoing', incoming: 'Incoming', missed: 'Missed' };

export function PastCallRow({ entry, myId, now, onCallAgain }: PastCallRowProps) {
  const { call, names } = entry;
  const { direction, label, seconds } = outcomeFor(call, myId);
  const DirectionIcon = ICONS[direction];
  const who = listNames(names);
  const isPlain = seconds > 0;
  return (
    <li className={classes.row} data-testid={`past-call-${call.id}`} data-outcome={call.endReason}>
      <span className={classes.direction} data-direction={direction} role="img" aria-label={WORDS[direction]}>
        <DirectionIcon size={17} />
      </span>
      <span className={classes.who}>
        <span className={classes.name}>{who}</span>
        <span className={classes.status}>
          <span data-missed={direction === 'missed'}>{isPlain ? duration(seconds) : label}</span>
          {' · '}
          <time dateTime={call.createdTime}>{when(Date.parse(call.createdTime), now)}</time>
        </span>
      </span>
      <Tooltip label="Call again">
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Call ${who} again`} onClick={onCallAgain}>
          <PhoneIcon size={18} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}
