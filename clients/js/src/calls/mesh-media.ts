import type { MediaContext, MediaPlane } from './media-plane.js';
export class MeshMedia implements MediaPlane {
  constructor(readonly context: MediaContext) {}
  start(): void {}
  handleSignal(): void {}
  handleMedia(): void {}
  handleAccepted(): void {}
  handleLeft(): void {}
  updateTracks(): void {}
  handleOnline(): void {}
  close(): void {}
}
