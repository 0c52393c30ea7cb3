/** What one can do in a call. Keys: M microphone, V camera, S screen. */
import { useHotkeys } from '@mantine/hooks';
import {
  CameraIcon, CameraOffIcon, HangUpIcon, MicrophoneIcon, MicrophoneOffIcon, ScreenIcon, SwitchCameraIcon,
} from '../../ui/icons';
import { ControlButton } from './control-button';
import type { LocalMedia } from './local-media';
import classes from './call-controls.module.css';

export interface CallActions {
  /** Asks again for a microphone and a camera. */
  openDevices(): void;
  toggleMute(): void;
  toggleCamera(): void;
  switchCamera(): void;
  toggleScreen(): void;
  leave(): void;
}

export function CallControls({ media, actions }: { media: LocalMedia; actions: CallActions }) {
  const { isMuted, isCameraOn, isSharingScreen, hasMicrophone, hasCamera, canSwitchCamera } = media;
  const canShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  const toggleMute = hasMicrophone ? actions.toggleMute : actions.openDevices;
  const toggleCamera = hasCamera ? actions.toggleCamera : actions.openDevices;
  useHotkeys([
    ['m', toggleMute],
    ['v', toggleCamera],
    ['s', () => canShare && actions.toggleScreen()],
  ]);
  return (
    <div className={classes.bar} role="toolbar" aria-label="Call controls">
      <ControlButton
        testId="mute-button" shortcut="M"
        label={hasMicrophone ? (isMuted ? 'Unmute' : 'Mute') : 'Look for a microphone'}
        tone={hasMicrophone ? (isMuted ? 'off' : 'plain') : 'missing'} onClick={toggleMute}
      >
        {isMuted || !hasMicrophone ? <MicrophoneOffIcon size={22} /> : <MicrophoneIcon size={22} />}
      </ControlButton>
      <ControlButton
        testId="camera-button" shortcut="V"
        label={hasCamera ? (isCameraOn ? 'Camera off' : 'Camera on') : 'Look for a camera'}
        tone={hasCamera ? (isCameraOn ? 'plain' : 'off') : 'missing'} onClick={toggleCamera}
      >
        {isCameraOn ? <CameraIcon size={22} /> : <CameraOffIcon size={22} />}
      </ControlButton>
      {canSwitchCamera && (
        <ControlButton testId="switch-camera-button" label="Switch camera" isDisabled={!isCameraOn} onClick={actions.switchCamera}>
          <SwitchCameraIcon size={22} />
        </ControlButton>
      )}
      {canShare && (
        <ControlButton
          testId="screen-button" label={isSharingScreen ? 'Stop sharing' : 'Share screen'} shortcut="S"
          tone={isSharingScreen ? 'active' : 'plain'} onClick={actions.toggleScreen}
        >
          <ScreenIcon size={22} />
        </ControlButton>
      )}
      <ControlButton testId="leave-button" label="Leave" tone="leave" onClick={actions.leave}>
        <HangUpIcon size={24} />
      </ControlButton>
    </div>
  );
}
