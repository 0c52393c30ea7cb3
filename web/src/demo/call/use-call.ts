/** The call of this device: its state, and everything a person can do about it. */
import { useReducer, useRef } from 'react';
import {
  failed, type Call, type Channel, type ChatKitty, type ChatKittyError, type StartCallResult, type User,
} from 'whisker-client';
import { listNames } from '../lobby/people';
import type { Notices } from '../notices';
import type { CallActions } from './call-controls';
import { callReducer, NO_CALL, type CallState } from './call-state';
import type { LocalMedia } from './local-media';
import { endedNotice } from './outcome';
import { useCallEvents } from './use-call-events';
import { useLocalMedia } from './use-local-media';
import { useRoster } from './use-roster';

/**
 * Calls through the server begin at once and send what is opened as soon as it is there. Calls between devices are
 * connected with what there is at the start: they wait for a camera, or for an answer to the browser's question, this long.
 */
const DEVICES_MS = 2_500;
/** Failures that are somebody's decision, told elsewhere. */
const DECIDED = ['CallCancelledError', 'CallEndedError'];

export interface CallHandle {
  state: CallState;
  media: LocalMedia;
  actions: CallActions;
  ring(people: readonly User[]): void;
  ringChannel(channel: Channel): void;
  /** Answers an invitation, or joins a call that goes on. */
  join(call: Call): void;
  decline(call: Call): void;
}

export function useCall(kitty: ChatKitty, myId: number, { tell }: Notices, onChanged: () => void): CallHandle {
  const { Calls } = kitty;
  const [state, dispatch] = useReducer(callReducer, NO_CALL);
  const { media, open, retry, look } = useLocalMedia(kitty, tell);
  /** Counts what was begun: an answer that belongs to something older is ignored. */
  const turn = useRef(0);

  const hangUp = (): void => {
    turn.current += 1;
    // Also switches the camera's light off.
    Calls.close();
    dispatch({ type: 'over' });
    onChanged();
  };
  const enter = async (ringing: readonly User[], begin: () => Promise<StartCallResult>, isP2p = false): Promise<void> => {
    const mine = (turn.current += 1);
    Calls.leaveCall();
    dispatch({ type: 'began', ringing });
    const devices = open();
    if (isP2p) await Promise.race([devices, pause(DEVICES_MS)]);
    if (mine !== turn.current) return;
    const result = await begin();
    if (mine !== turn.current) return;
    if (failed(result)) {
      if (!DECIDED.includes(result.error.error)) tell(callError(result.error), 'bad');
      hangUp();
    } else if (Calls.activeCall?.id === result.call.id) {
      dispatch({ type: 'joined', call: result.call });
    }
  };

  useCallEvents(kitty, {
    dispatch,
    onJoined: (call) => {
      dispatch({ type: 'joined', call });
      onChanged();
      void open();
    },
    onEnded: (call) => {
      const who = listNames(state.people.map((person) => person.user.displayName));
      const notice = endedNotice(call, myId, who);
      if (notice) tell(notice);
      hangUp();
    },
    onMissed: (call) => tell(`You missed a call from ${call.creator.displayName}`),
    onMediaFailed: (error) => tell(`Sound and video could not get through. ${error?.message ?? ''}`.trim(), 'bad'),
  });
  useRoster(kitty, state, dispatch);

  const toggleScreen = async (): Promise<void> => {
    if (Calls.isScreenSharing) return Calls.stopScreenShare();
    const result = await Calls.startScreenShare();
    // Somebody who closed the browser's dialog knows.
    if (!failed(result) || result.error.message.startsWith('NotAllowedError')) return;
    tell(`The screen cannot be shared: ${result.error.message}`, 'bad');
  };
  const switchCamera = async (): Promise<void> => {
    const result = await Calls.switchCamera();
    if (failed(result)) tell('The other camera cannot be opened.', 'bad');
    look();
  };
  return {
    state,
    media,
    actions: {
      openDevices: () => void retry(),
      toggleMute: () => (Calls.toggleMute(), look()),
      toggleCamera: () => (Calls.toggleCamera(), look()),
      switchCamera: () => void switchCamera(),
      toggleScreen: () => void toggleScreen(),
      leave: hangUp,
    },
    ring: (people) => void enter(people, () => Calls.startCall({ members: people.map(({ name }) => ({ username: name })) })),
    ringChannel: (channel) => {
      const others = (channel.members ?? []).filter((member) => member.id !== myId);
      void enter(others, () => Calls.startCall({ channel }));
    },
    join: (call) => {
      dispatch({ type: 'settled', callId: call.id });
      void enter([], () => Calls.acceptCall({ call }), call.p2p);
    },
    decline: (call) => {
      dispatch({ type: 'settled', callId: call.id });
      void Calls.rejectCall({ call, ...(state.phase !== 'none' && { reason: 'busy' as const }) }).then(onChanged);
    },
  };
}

function callError({ error, message }: ChatKittyError): string {
  switch (error) {
    case 'TimeoutError':
    case 'ChatKittyConnectionError':
      return 'The server does not answer. Try the call again in a moment.';
    case 'MediaUnavailableError':
      return 'This browser cannot make calls: it has no WebRTC.';
    default:
      return `The call could not be made: ${message}`;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
