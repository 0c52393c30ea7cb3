/** The icons of the pages, drawn on a grid of 24 with one stroke width. They are decoration: labels say what they mean. */
import type { ReactNode } from 'react';

export interface IconProps {
  size?: number;
}

type Icon = (props: IconProps) => ReactNode;

function icon(drawing: ReactNode): Icon {
  return ({ size = 20 }) => (
    <svg
      width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth={1.9} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false"
    >
      {drawing}
    </svg>
  );
}

const HANDSET =
  'M5.2 3.5h2.9a1 1 0 0 1 .95.69l1.05 3.2a1 1 0 0 1-.27 1.04L8.1 10.1a13 13 0 0 0 5.8 5.8l1.67-1.73a1 1 0 0 1 1.04-.27l3.2 1.05a1 1 0 0 1 .69.95v2.9a1.7 1.7 0 0 1-1.8 1.7C10.6 20 4 13.4 3.5 5.3a1.7 1.7 0 0 1 1.7-1.8Z';
const MICROPHONE = (
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6" />
  </>
);
const CAMERA = (
  <>
    <rect x="2.5" y="6" width="13" height="12" rx="2.5" />
    <path d="m15.5 10.7 4.7-2.8a.9.9 0 0 1 1.3.8v6.6a.9.9 0 0 1-1.3.8l-4.7-2.8" />
  </>
);

export const MicrophoneIcon = icon(MICROPHONE);
export const MicrophoneOffIcon = icon(<><g opacity={0.85}>{MICROPHONE}</g><path d="m3.5 3.5 17 17" /></>);
export const CameraIcon = icon(CAMERA);
export const CameraOffIcon = icon(<><g opacity={0.85}>{CAMERA}</g><path d="m3.5 3.5 17 17" /></>);
export const SwitchCameraIcon = icon(
  <path d="M4 11a8 8 0 0 1 13.8-4.5L20 8.7M20 4v4.7h-4.7M20 13a8 8 0 0 1-13.8 4.5L4 15.3M4 20v-4.7h4.7" />,
);
export const ScreenIcon = icon(
  <>
    <rect x="2.5" y="4" width="19" height="13" rx="2.5" />
    <path d="M8 21h8M12 13.5v-6M9.2 10 12 7.2l2.8 2.8" />
  </>,
);
export const PhoneIcon = icon(<path d={HANDSET} />);
export const HangUpIcon = icon(
  <path d={HANDSET} transform="rotate(135 12 12) translate(0 -1.5)" fill="currentColor" />,
);
export const OutgoingIcon = icon(<path d="M7 17 17 7M9 7h8v8" />);
export const IncomingIcon = icon(<path d="M17 7 7 17M15 17H7V9" />);
export const MissedIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8" r="3.7" />
    <path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 4.7a3.5 3.5 0 0 1 0 6.6M18.2 14.4A6 6 0 0 1 21.5 20" />
  </>,
);
export const NewTabIcon = icon(<path d="M14 4h6v6M20 4l-9 9M10 5H6.5A2.5 2.5 0 0 0 4 7.5v10A2.5 2.5 0 0 0 6.5 20h10a2.5 2.5 0 0 0 2.5-2.5V14" />);
export const CopyIcon = icon(
  <>
    <rect x="8.5" y="8.5" width="12" height="12" rx="2.5" />
    <path d="M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5" />
  </>,
);
export const CheckIcon = icon(<path d="m4.5 12.5 5 5 10-11" />);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />);
export const SignOutIcon = icon(<path d="M14 4H6.5A2.5 2.5 0 0 0 4 6.5v11A2.5 2.5 0 0 0 6.5 20H14M10 12h11M17.5 8.5 21 12l-3.5 3.5" />);
export const CloseIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const WarningIcon = icon(
  <path d="M12 9v4.5M12 17h.01M10.3 4 2.7 17.2A2 2 0 0 0 4.4 20.2h15.2a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z" />,
);
