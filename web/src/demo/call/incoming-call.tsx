/** Somebody rings. */
import { Modal } from '@mantine/core';
import type { Call } from 'whisker-client';
import { CatPicture } from '../../ui/cat';
import { CameraIcon, HangUpIcon } from '../../ui/icons';
import classes from './incoming-call.module.css';

export interface IncomingCallProps {
  call: Call;
  /** Answering leaves the call this person is in. */
  isInCall: boolean;
  onAccept(): void;
  onDecline(): void;
}

export function IncomingCall({ call, isInCall, onAccept, onDecline }: IncomingCallProps) {
  const { creator } = call;
  const others = (call.participants?.length ?? 2) - 2;
  return (
    <Modal
      opened onClose={onDecline} withCloseButton={false} closeOnClickOutside={false} closeOnEscape={false} centered
      radius={24} size={360} padding={0} transitionProps={{ duration: 0 }} overlayProps={{ backgroundOpacity: 0.6 }}
      aria-labelledby="incoming-title"
    >
      <div className={classes.dialog} data-testid="incoming-call" data-call={call.id}>
        <span className={classes.picture}>
          <CatPicture name={creator.name} size="100%" />
        </span>
        {/* Holds the focus first, so that a key pressed while typing does not answer. */}
        <h2 className={classes.title} id="incoming-title" tabIndex={-1} data-autofocus>
          {creator.displayName} is calling
        </h2>
        <p className={classes.kind}>
          {others > 0 ? `Group call with ${others === 1 ? 'one more' : `${others} others`}` : 'Video call'}
        </p>
        <div className={classes.buttons}>
          <button type="button" className={classes.choice} data-testid="decline-call" onClick={onDecline}>
            <span className={`${classes.round} ${classes.decline}`}><HangUpIcon size={26} /></span>
            Decline
          </button>
          <button type="button" className={classes.choice} data-testid="accept-call" onClick={onAccept}>
            <span className={`${classes.round} ${classes.accept}`}><CameraIcon size={26} /></span>
            {isInCall ? 'Leave and answer' : 'Accept'}
          </button>
        </div>
      </div>
    </Modal>
  );
}
