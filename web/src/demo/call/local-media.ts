/** What this device sends, and what it could not get. Types and words; `use-local-media.ts` does the work. */

export interface LocalMedia {
  /** Microphone and camera. */
  stream: MediaStream | null;
  isMuted: boolean;
  isCameraOn: boolean;
  isSharingScreen: boolean;
  hasMicrophone: boolean;
  hasCamera: boolean;
  /** There is another camera to switch to. */
  canSwitchCamera: boolean;
  /** The camera looks at the person, who expects a mirror. */
  isMirrored: boolean;
}

export const NO_MEDIA: LocalMedia = {
  stream: null, isMuted: false, isCameraOn: false, isSharingScreen: false,
  hasMicrophone: false, hasCamera: false, canSwitchCamera: false, isMirrored: true,
};

/** What was asked for and what came: null when nothing is missing. Pure. */
export function missingNotice(hasMicrophone: boolean, hasCamera: boolean, reason: string): string | null {
  if (hasMicrophone && hasCamera) return null;
  const what = hasMicrophone ? 'camera' : hasCamera ? 'microphone' : 'camera or microphone';
  return `${causeOf(reason, what)} ${effectOf(hasMicrophone, hasCamera)}`;
}

function effectOf(hasMicrophone: boolean, hasCamera: boolean): string {
  if (hasMicrophone) return 'Others hear you and see your cat.';
  return hasCamera ? 'Others see you but cannot hear you.' : 'You can watch and listen.';
}

function causeOf(reason: string, what: string): string {
  switch (reason) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `The browser does not let this page use your ${what}. You can allow it in the address bar.`;
    case 'NotReadableError':
    case 'AbortError':
      return `Your ${what} is in use by another program.`;
    case 'InsecureContext':
      return `Browsers give a ${what} to pages with https or on localhost only.`;
    default:
      return `No ${what} was found.`;
  }
}
