/** Hears what the client says about calls and hands it on, as events of the page's own state. */
import { useEffect, useEffectEvent } from 'react';
import { succeeded, type Call, type ChatKitty, type ChatKittyError, type StreamSource, type User } from 'whisker-client';
import type { CallEvent } from './call-state';

export interface CallListener {
  dispatch(event: CallEvent): void;
  /** This device is in a call, by this page or by other code that uses the same client. */
  onJoined(call: Call): void;
  /** The call is over, and not because it was left here. */
  onEnded(call: Call): void;
  /** A call rang in vain. */
  onMissed(call: Call): void;
  onMediaFailed(error: ChatKittyError | undefined): void;
}

export function useCallEvents(kitty: ChatKitty, listener: CallListener): void {
  const onJoined = useEffectEvent(listener.onJoined);
  const onEnded = useEffectEvent(listener.onEnded);
  const onMissed = useEffectEvent(listener.onMissed);
  const onMediaFailed = useEffectEvent(listener.onMediaFailed);
  const { dispatch } = listener;
  useEffect(() => {
    const { Calls } = kitty;
    const askMedia = (user: User): void => void mediaOf(kitty, user).then((event) => event && dispatch(event));
    const show = (user: User, source: StreamSource, stream: MediaStream | null): void => {
      dispatch({ type: 'streamed', user, source, stream, at: Date.now() });
    };
    const stops = [
      Calls.onCallInvite((call) => dispatch({ type: 'invited', call })),
      Calls.onCallInviteCancelled((call, reason) => {
        dispatch({ type: 'settled', callId: call.id });
        if (reason === 'missed' || reason === 'ended') onMissed(call);
      }),
      Calls.onCallActive((call) => onJoined(call)),
      Calls.onCallEnded((call) => onEnded(call)),
      Calls.onParticipantAcceptedCall((user) => {
        dispatch({ type: 'accepted', user, at: Date.now() });
        askMedia(user);
      }),
      Calls.onParticipantRejectedCall((user) => dispatch({ type: 'declined', user })),
      Calls.onParticipantLeftCall((user) => dispatch({ type: 'left', user })),
      Calls.onParticipantActive((user, stream) => {
        show(user, 'camera', stream);
        askMedia(user);
      }),
      Calls.onParticipantScreenShared((user, stream) => show(user, 'screen', stream)),
      Calls.onParticipantScreenEnded((user) => show(user, 'screen', null)),
      Calls.onParticipantMediaSettingsUpdated(({ user, audio, video }) => {
        dispatch({ type: 'media', user, isMuted: !audio.enabled, isCameraOn: video.enabled });
      }),
      Calls.onMediaStateChanged((state, error) => state === 'failed' && onMediaFailed(error)),
    ];
    return () => stops.forEach((stop) => stop());
  }, [kitty, dispatch]);
}

/** Whether somebody who was there before is muted; what changes later comes by itself. */
async function mediaOf(kitty: ChatKitty, user: User): Promise<CallEvent | null> {
  const result = await kitty.Calls.getUserMediaSettings({ user });
  if (!succeeded(result)) return null;
  const { audio, video } = result.settings;
  return { type: 'media', user, isMuted: !audio.enabled, isCameraOn: video.enabled };
}
