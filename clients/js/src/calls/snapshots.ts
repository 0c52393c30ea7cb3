/**
 * Snapshots of what the receive sections carry become streams of participants.
 *
 * Versions count within one connection, and a snapshot may overtake the answer that belongs to it. So what comes before
 * a connection's first answer is kept, newest arrival last, and applied without counting its version: had it been of
 * the connection before, the next one of this connection is not mistaken for an old one.
 *
 * A snapshot may also be older than the news that somebody left. Whoever left is not shown until they are missing in a
 * snapshot, or the server says that they are back.
 */
import type { CallMedia, StreamSource, User } from '../model.js';
import type { RemoteStreams } from './remote-streams.js';

interface Shown {
  user: User;
  source: StreamSource;
  tracks: MediaStreamTrack[];
}

export class Snapshots {
  private version = 0;
  private isAnswered = false;
  private early: CallMedia | null = null;
  private readonly departed = new Set<number>();

  constructor(
    private readonly remote: RemoteStreams,
    private readonly trackOf: (mid: string) => MediaStreamTrack | null,
  ) {}

  /** Another connection begins to count. */
  restart(): void {
    this.version = 0;
    this.isAnswered = false;
    this.early = null;
  }

  /** The connection has its first answer. Returns what was applied. */
  start(): CallMedia | null {
    const { early } = this;
    this.isAnswered = true;
    this.early = null;
    if (early) this.apply(early);
    return early;
  }

  /** Says whether the snapshot was applied. */
  take(media: CallMedia): boolean {
    if (!this.isAnswered) {
      this.early = media;
      return false;
    }
    if (media.version <= this.version) return false;
    this.version = media.version;
    this.apply(media);
    return true;
  }

  handleLeft(user: User): void {
    this.departed.add(user.id);
    this.remote.hideUser(user.id);
  }

  handleBack(user: User): void {
    this.departed.delete(user.id);
  }

  /** Snapshots may be missing between those before and those after. */
  handleGap(): void {
    this.departed.clear();
  }

  private apply({ tracks }: CallMedia): void {
    const present = new Set(tracks.map(({ user }) => user.id));
    for (const id of this.departed) if (!present.has(id)) this.departed.delete(id);
    const next = new Map<string, Shown>();
    for (const { mid, source, user, session } of tracks) {
      const track = this.trackOf(mid);
      if (!track || this.departed.has(user.id)) continue;
      const stream: StreamSource = source === 'screen' || source === 'screenAudio' ? 'screen' : 'camera';
      const key = `${session}/${stream}`;
      const shown = next.get(key) ?? { user, source: stream, tracks: [] };
      shown.tracks.push(track);
      next.set(key, shown);
    }
    // First free the tracks that belong to somebody else now.
    for (const key of this.remote.keys) if (!next.has(key)) this.remote.hide(key);
    for (const [key, { user, source, tracks: shown }] of next) this.remote.show(key, user, source, shown);
  }
}
