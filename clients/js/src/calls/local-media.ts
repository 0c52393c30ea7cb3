/**
 * What this device captures: microphone and camera in one stream, the screen in another.
 *
 * Invariants
 * - Captures run one after another, and one that was overtaken by `close` is stopped as soon as it is there.
 * - A track that left its stream is stopped.
 */
import { guarded } from '../emitter.js';
import type { WebRtc } from '../options.js';
import { CAMERA_CONSTRAINTS, captureDevices, captureScreen, nextCamera, stopStream, stopTrack, turnAround, unavailable } from './capture.js';
import type { LocalTracks } from './media-plane.js';
import type { InitializeCallsRequest } from './types.js';

export interface LocalMediaListener {
  /** Tracks came, went, or were switched on or off. */
  onTracks(): void;
  /** There is another stream, or none. */
  onStream(stream: MediaStream | null): void;
  onScreen(isSharing: boolean): void;
}

export class LocalMedia {
  stream: MediaStream | null = null;
  screen: MediaStream | null = null;
  private generation = 0;
  private screenGeneration = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly webrtc: () => WebRtc,
    private readonly listener: LocalMediaListener,
  ) {}

  get isMuted(): boolean {
    return !isOn(this.microphone);
  }

  get isCameraOn(): boolean {
    return isOn(this.camera);
  }

  get tracks(): LocalTracks {
    return {
      microphone: this.microphone,
      camera: this.camera,
      screen: live(this.screen?.getVideoTracks()),
      screenAudio: live(this.screen?.getAudioTracks()),
    };
  }

  /** Captures microphone and camera; takes the place of what was captured before. */
  initialize(media: InitializeCallsRequest['media']): Promise<void> {
    return this.exclusive(async () => {
      const generation = this.generation;
      const stream = await this.captureAgain(media);
      if (generation !== this.generation) {
        stopStream(stream);
        throw unavailable('calls were closed meanwhile');
      }
      const before = this.stream;
      this.stream = stream;
      for (const track of stream?.getTracks() ?? []) this.watch(track, () => this.listener.onTracks());
      this.listener.onStream(stream);
      this.listener.onTracks();
      stopStream(before);
    });
  }

  toggleMute(): void {
    this.toggle(this.microphone);
  }

  toggleCamera(): void {
    this.toggle(this.camera);
  }

  /** Goes on with the next camera, in the same stream. */
  switchCamera(): Promise<MediaStream> {
    return this.exclusive(async () => {
      const { stream, camera, generation } = this;
      if (!stream || !camera) throw unavailable('there is no camera to switch');
      if (turnAround(camera)) return stream;
      const next = await nextCamera(this.webrtc(), camera);
      const { deviceId } = camera.getSettings();
      const { enabled } = camera;
      const replace = async (video: MediaTrackConstraints): Promise<void> => {
        const replacement = await this.captureCamera(video, generation);
        replacement.enabled = enabled;
        stream.removeTrack(camera);
        stream.addTrack(replacement);
        this.listener.onTracks();
      };
      // Phones open one camera at a time.
      stopTrack(camera);
      try {
        await replace(next);
      } catch (thrown) {
        const back = { ...CAMERA_CONSTRAINTS, ...(deviceId && { deviceId: { exact: deviceId } }) };
        await replace(back).catch(() => this.listener.onTracks());
        throw thrown;
      }
      return stream;
    });
  }

  startScreenShare(audio: boolean): Promise<MediaStream> {
    const generation = this.screenGeneration;
    return this.exclusive(async () => {
      if (this.screen) return this.screen;
      const screen = await captureScreen(this.webrtc(), audio);
      if (generation !== this.screenGeneration) {
        stopStream(screen);
        throw unavailable('sharing was stopped meanwhile');
      }
      this.screen = screen;
      const [picture] = screen.getVideoTracks();
      if (picture) {
        picture.contentHint = 'detail';
        // The browser's own button.
        this.watch(picture, () => this.screen === screen && this.stopScreenShare());
      }
      this.listener.onTracks();
      this.listener.onScreen(true);
      return screen;
    });
  }

  stopScreenShare(): void {
    this.screenGeneration += 1;
    const { screen } = this;
    if (!screen) return;
    this.screen = null;
    this.listener.onTracks();
    stopStream(screen);
    this.listener.onScreen(false);
  }

  /** Releases all devices. */
  close(): void {
    this.generation += 1;
    this.stopScreenShare();
    const { stream } = this;
    if (!stream) return;
    this.stream = null;
    this.listener.onTracks();
    stopStream(stream);
    this.listener.onStream(null);
  }

  private get microphone(): MediaStreamTrack | null {
    return live(this.stream?.getAudioTracks());
  }

  private get camera(): MediaStreamTrack | null {
    return live(this.stream?.getVideoTracks());
  }

  private toggle(track: MediaStreamTrack | null): void {
    if (!track) return;
    track.enabled = !track.enabled;
    this.listener.onTracks();
  }

  /** Some devices cannot be opened while they are open: the second attempt is made after closing them. */
  private async captureAgain(media: InitializeCallsRequest['media']): Promise<MediaStream | null> {
    try {
      return await captureDevices(this.webrtc(), media);
    } catch (thrown) {
      if (!this.tracks.microphone && !this.tracks.camera) throw thrown;
      stopStream(this.stream);
      this.listener.onTracks();
      return captureDevices(this.webrtc(), media);
    }
  }

  private async captureCamera(video: MediaTrackConstraints, generation: number): Promise<MediaStreamTrack> {
    const captured = await captureDevices(this.webrtc(), { audio: false, video });
    const [camera] = captured?.getVideoTracks() ?? [];
    if (generation !== this.generation || !camera) {
      stopStream(captured);
      throw unavailable('calls were closed meanwhile');
    }
    this.watch(camera, () => this.listener.onTracks());
    return camera;
  }

  private watch(track: MediaStreamTrack, ended: () => unknown): void {
    track.addEventListener?.('ended', () => guarded(ended));
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    this.last = run.catch(() => {});
    return run;
  }
}

function live(tracks: MediaStreamTrack[] = []): MediaStreamTrack | null {
  return tracks.find((track) => track.readyState !== 'ended') ?? null;
}

function isOn(track: MediaStreamTrack | null): boolean {
  return track?.enabled ?? false;
}
