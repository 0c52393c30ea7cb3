/** Where people wait for each other: who is online, calls that go on, calls that were. */
import type { Channel, CurrentUser, User } from 'whisker-client';
import { useMediaQuery } from '@mantine/hooks';
import { LobbyHeader } from './lobby-header';
import type { CallLog, LoggedCall } from './call-log';
import { OngoingCalls } from './ongoing-calls';
import { PastCalls } from './past-calls';
import { PeopleList } from './people-list';
import classes from './lobby.module.css';

export interface LobbyProps {
  me: CurrentUser;
  /** Null while they are being asked for. */
  people: readonly User[] | null;
  log: CallLog;
  onCall(people: readonly User[]): void;
  onCallAgain(channel: Channel): void;
  onJoinCall(entry: LoggedCall): void;
  onSignOut(): void;
}

export function Lobby({ me, people, log, onCall, onCallAgain, onJoinCall, onSignOut }: LobbyProps) {
  const isNarrow = useMediaQuery('(max-width: 820px)', undefined, { getInitialValueInEffect: false });
  const ongoing = <OngoingCalls entries={log.ongoing} onJoin={onJoinCall} />;
  return (
    <div className={classes.page}>
      <LobbyHeader me={me} onSignOut={onSignOut} />
      <main className={classes.main}>
        {isNarrow && ongoing}
        <PeopleList myName={me.name} people={people} onCall={onCall} />
        <div className={classes.side}>
          {!isNarrow && ongoing}
          <PastCalls entries={log.past} myId={me.id} onCallAgain={onCallAgain} />
        </div>
      </main>
    </div>
  );
}
