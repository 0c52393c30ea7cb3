/** Which media a call has. */
import type { Call } from '../model.js';
import type { MediaContext, MediaPlane } from './media-plane.js';
import { MeshMedia } from './mesh-media.js';
import { SfuMedia } from './sfu-media.js';

export function makePlane(call: Call, context: MediaContext): MediaPlane {
  return call.p2p ? new MeshMedia(context) : new SfuMedia(context);
}
