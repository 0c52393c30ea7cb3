/**
 * The streams of the other participants, as the application sees them: one `MediaStream` per participant with microphone
 * and camera, another one for a shared screen with its sound.
 *
 * A stream object stays the same while its participant is shown, whatever happens to tracks and connections below.
 */
import type { StreamSource, User } from '../model.js';
import { releaseStream } from './capture.js';
import type { CallEvents } from './events.js';
import type { RemoteStream } from './types.js';

export class RemoteStreams {
  private readonly shown = new Map<string, RemoteStream>();

  constructor(
    private readonly makeStream: () => MediaStream,
    private readonly events: CallEvents,
  ) {}

  get all(): RemoteStream[] {
    return [...this.shown.values()].map((remote) => ({ ...remote }));
  }

  /** Keys of what is shown. */
  get keys(): string[] {
    return [...this.shown.keys()];
  }

  /** Shows exactly these tracks under `key`. */
  show(key: string, user: User, source: StreamSource, tracks: MediaStreamTrack[]): void {
    const known = this.shown.get(key);
    const remote = known ?? { user, source, stream: this.makeStream() };
    remote.user = user;
    const isChanged = setTracks(remote.stream, tracks);
    if (known) {
      if (isChanged) this.events.streamUpdated.emit(user, remote.stream);
      return;
    }
    this.shown.set(key, remote);
    const emitter = source === 'screen' ? this.events.screenShared : this.events.participantActive;
    emitter.emit(user, remote.stream);
  }

  hide(key: string): void {
    const remote = this.shown.get(key);
    if (!remote) return;
    this.shown.delete(key);
    dissolve(remote.stream);
    if (remote.source === 'screen') this.events.screenEnded.emit(remote.user, remote.stream);
  }

  /** Hides everything of a user. */
  hideUser(id: number): void {
    for (const [key, { user }] of [...this.shown]) if (user.id === id) this.hide(key);
  }

  /** Forgets everything; for the end of a call, which has an event of its own. */
  clear(): void {
    for (const { stream } of this.shown.values()) dissolve(stream);
    this.shown.clear();
  }
}

/** Makes a stream consist of these tracks; says whether that changed anything. */
function setTracks(stream: MediaStream, tracks: MediaStreamTrack[]): boolean {
  const before = stream.getTracks();
  const gone = before.filter((track) => !tracks.includes(track));
  const added = tracks.filter((track) => !before.includes(track));
  for (const track of gone) stream.removeTrack(track);
  for (const track of added) stream.addTrack(track);
  return gone.length + added.length > 0;
}

function dissolve(stream: MediaStream): void {
  setTracks(stream, []);
  releaseStream(stream);
}
