/** What this device sends: opens what there is, tells what is missing, follows changes. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ChatKitty } from 'whisker-client';
import type { Notices } from '../notices';
import { missingNotice, NO_MEDIA, type LocalMedia } from './local-media';

/** What is asked for, in this order, until something comes. */
const WISHES = [
  { audio: true, video: true },
  { audio: true, video: false },
  { audio: false, video: true },
] as const;

export interface LocalMediaState {
  media: LocalMedia;
  /** Opens microphone and camera unless something is open; settles when it is known what came. */
  open(): Promise<void>;
  /** Asks again for everything, after something was missing. */
  retry(): Promise<void>;
  /** Reads again what the client says. */
  look(): void;
}

export function useLocalMedia(kitty: ChatKitty, tell: Notices['tell']): LocalMediaState {
  const { Calls } = kitty;
  const [media, setMedia] = useState(NO_MEDIA);
  const [cameras, setCameras] = useState(0);
  const opening = useRef<Promise<void> | null>(null);

  const look = useCallback((): void => setMedia(readMedia(kitty)), [kitty]);
  const retry = useCallback((): Promise<void> => {
    opening.current ??= openDevices(kitty, tell).finally(() => {
      opening.current = null;
      void countCameras().then(setCameras);
      look();
    });
    return opening.current;
  }, [kitty, tell, look]);
  const open = useCallback(async () => (Calls.localStream ? undefined : retry()), [Calls, retry]);

  useEffect(() => {
    const stops = [Calls.onLocalStreamChanged(look), Calls.onScreenSharingChanged(look)];
    look();
    return () => stops.forEach((stop) => stop());
  }, [Calls, look]);
  return { media: { ...media, canSwitchCamera: cameras > 1 && media.hasCamera }, open, retry, look };
}

async function openDevices(kitty: ChatKitty, tell: Notices['tell']): Promise<void> {
  if (!navigator.mediaDevices) {
    tell(missingNotice(false, false, 'InsecureContext') ?? '', 'bad');
    return;
  }
  let reason = '';
  for (const media of WISHES) {
    try {
      await kitty.Calls.initialize({ media });
      break;
    } catch (thrown) {
      // The client names the browser's error first: "NotAllowedError: Permission denied".
      reason ||= thrown instanceof Error ? (thrown.message.split(':')[0] ?? '') : '';
    }
  }
  const { hasMicrophone, hasCamera } = readMedia(kitty);
  const notice = missingNotice(hasMicrophone, hasCamera, reason);
  if (notice) tell(notice, 'bad');
}

function readMedia({ Calls }: ChatKitty): LocalMedia {
  const stream = Calls.localStream;
  const camera = stream?.getVideoTracks()[0];
  return {
    stream,
    isMuted: Calls.isMuted,
    isCameraOn: Calls.isCameraOn,
    isSharingScreen: Calls.isScreenSharing,
    hasMicrophone: (stream?.getAudioTracks().length ?? 0) > 0,
    hasCamera: camera !== undefined,
    canSwitchCamera: false,
    isMirrored: camera?.getSettings().facingMode !== 'environment',
  };
}

async function countCameras(): Promise<number> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === 'videoinput').length;
  } catch {
    return 0;
  }
}
