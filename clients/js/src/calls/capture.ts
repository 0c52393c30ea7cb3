/** Devices: getUserMedia, getDisplayMedia and the next camera, with errors of this library. */
import { ChatKittyError, ErrorName, toError } from '../errors.js';
import { CAMERA, SCREEN_FRAME_RATE } from '../limits.js';
import type { WebRtc } from '../options.js';
import type { InitializeCallsRequest } from './types.js';

/** What tracks and streams of react-native-webrtc have beyond the standard. */
interface NativeTrack {
  /** Cameras turn around by themselves. */
  _switchCamera?: () => void;
  /** Stopping is not enough to close a device. */
  release?: () => void;
}
interface NativeStream {
  release?: (releaseTracks: boolean) => void;
}

const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export const CAMERA_CONSTRAINTS: MediaTrackConstraints = {
  width: { ideal: CAMERA.width },
  height: { ideal: CAMERA.height },
  frameRate: { ideal: CAMERA.frameRate },
};

/** Microphone and camera as asked for; null when nothing is asked for. */
export async function captureDevices(
  webrtc: WebRtc,
  { audio, video }: InitializeCallsRequest['media'],
): Promise<MediaStream | null> {
  if (!audio && !video) return null;
  const constraints = {
    audio: audio === true ? MICROPHONE : audio,
    video: video === true ? { ...CAMERA_CONSTRAINTS, facingMode: 'user' } : video,
  };
  return captured(() => devices(webrtc).getUserMedia(constraints));
}

/** A screen, window or tab the user chooses. */
export function captureScreen(webrtc: WebRtc, audio: boolean): Promise<MediaStream> {
  return captured(() => {
    const { mediaDevices } = webrtc;
    if (!mediaDevices?.getDisplayMedia) throw unavailable('this device cannot share its screen');
    return mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: SCREEN_FRAME_RATE } }, audio });
  });
}

/** Turns a native camera around; says whether it is one. */
export function turnAround(track: MediaStreamTrack): boolean {
  const native: NativeTrack = track as NativeTrack;
  native._switchCamera?.();
  return Boolean(native._switchCamera);
}

/** Constraints of the camera after this one: the other side of a phone, else the next in the list. */
export async function nextCamera(webrtc: WebRtc, track: MediaStreamTrack): Promise<MediaTrackConstraints> {
  const { deviceId, facingMode } = track.getSettings();
  const all = await captured(() => devices(webrtc).enumerateDevices());
  const cameras = all.filter((device) => device.kind === 'videoinput');
  if (cameras.length < 2) throw unavailable('there is no other camera');
  if (facingMode === 'user' || facingMode === 'environment') {
    return { ...CAMERA_CONSTRAINTS, facingMode: { ideal: facingMode === 'user' ? 'environment' : 'user' } };
  }
  const index = cameras.findIndex((camera) => camera.deviceId === deviceId);
  const next = cameras[(index + 1) % cameras.length];
  return { ...CAMERA_CONSTRAINTS, deviceId: { exact: next?.deviceId ?? '' } };
}

/** Closes the device of a track. */
export function stopTrack(track: MediaStreamTrack): void {
  track.stop();
  (track as NativeTrack).release?.();
}

/** Closes the devices of a stream. */
export function stopStream(stream: MediaStream | null): void {
  if (!stream) return;
  for (const track of stream.getTracks()) stopTrack(track);
  releaseStream(stream);
}

/** Frees what is native about a stream, not its tracks. */
export function releaseStream(stream: MediaStream): void {
  (stream as NativeStream).release?.(false);
}

export function unavailable(message: string): ChatKittyError {
  return new ChatKittyError(ErrorName.MediaUnavailable, message);
}

function devices({ mediaDevices }: WebRtc): MediaDevices {
  if (!mediaDevices) throw unavailable('there are no media devices here: browsers have them on secure pages only');
  return mediaDevices;
}

async function captured<T>(capture: () => Promise<T>): Promise<T> {
  try {
    return await capture();
  } catch (thrown) {
    if (thrown instanceof ChatKittyError) throw thrown;
    const { error, message } = toError(thrown);
    throw unavailable(message ? `${error}: ${message}` : error);
  }
}
