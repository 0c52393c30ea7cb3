/** The page of somebody who has a name: the lobby, or the call they are in, and whoever rings. */
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import type { ChatKitty } from 'whisker-client';
import { CallStage } from './call/call-stage';
import type { CallState } from './call/call-state';
import { IncomingCall } from './call/incoming-call';
import { useRingtone, type Ring } from './call/ringtone';
import { useCall } from './call/use-call';
import { Lobby } from './lobby/lobby';
import { useCallLog } from './lobby/use-call-log';
import { usePeople } from './lobby/use-people';
import { NoticeList } from './notice-list';
import { useNotices } from './notices';
import type { Session } from './session/use-session';

export function Joined({ session, onSignOut }: { session: Session; onSignOut(): void }) {
  const { kitty, user } = session;
  const notices = useNotices();
  const people = usePeople(kitty);
  const { log, refresh } = useCallLog(kitty, user.id);
  const call = useCall(kitty, user.id, notices, refresh);
  const isReconnecting = useReconnecting(kitty);
  const { state } = call;
  const invitation = state.invitations[0];
  const isInCall = state.phase !== 'none';
  useRingtone(ringOf(state));
  const title = isInCall ? 'In a call · Whisker' : 'Whisker';
  useDocumentTitle(invitation ? `${invitation.creator.displayName} is calling` : title);
  return (
    <>
      {isInCall ? (
        <CallStage state={state} me={user} media={call.media} actions={call.actions} />
      ) : (
        <Lobby
          me={user} people={people} log={log} onCall={call.ring} onCallAgain={call.ringChannel}
          onJoinCall={(entry) => call.join(entry.call)} onSignOut={onSignOut}
        />
      )}
      {invitation && (
        <IncomingCall
          key={invitation.id} call={invitation} isInCall={isInCall}
          onAccept={() => call.join(invitation)} onDecline={() => call.decline(invitation)}
        />
      )}
      <NoticeList notices={notices.list} isReconnecting={isReconnecting} onDismiss={notices.dismiss} />
    </>
  );
}

function ringOf({ invitations, phase, people }: CallState): Ring | null {
  if (invitations.length > 0) return 'incoming';
  const isWaiting = phase === 'in' && people.length > 0 && people.every((person) => person.state === 'ringing');
  return isWaiting ? 'outgoing' : null;
}

/** Is the connection to the server, or the path of sound and video, away? Both come back by themselves. */
function useReconnecting(kitty: ChatKitty): boolean {
  const [isOffline, setIsOffline] = useState(!kitty.isOnline);
  const [isMediaAway, setIsMediaAway] = useState(false);
  useEffect(() => {
    const stops = [
      kitty.onCurrentUserOnline(() => setIsOffline(false)),
      kitty.onCurrentUserOffline(() => setIsOffline(true)),
      kitty.Calls.onMediaStateChanged((media) => setIsMediaAway(media === 'reconnecting')),
      kitty.Calls.onCallEnded(() => setIsMediaAway(false)),
    ];
    return () => stops.forEach((stop) => stop());
  }, [kitty]);
  return isOffline || (isMediaAway && kitty.Calls.activeCall !== null);
}
