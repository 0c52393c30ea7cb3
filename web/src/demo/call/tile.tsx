/** One person in a call: their video or their cat, their name, whether they are muted or speaking. */
import { useState, type CSSProperties } from 'react';
import type { User } from 'whisker-client';
import { CatPicture } from '../../ui/cat';
import { MicrophoneOffIcon } from '../../ui/icons';
import type { PersonState } from './call-state';
import { MediaVideo } from './media-video';
import { useSpeaking } from './use-speaking';
import classes from './tile.module.css';

export interface TileProps {
  user: Pick<User, 'name' | 'displayName'>;
  state: PersonState;
  stream: MediaStream | null;
  isMuted: boolean;
  isCameraOn: boolean;
  isMe: boolean;
  isMirrored: boolean;
  isFloating: boolean;
  style: CSSProperties;
}

const STATES: Record<PersonState, string> = {
  ringing: 'Ringing…', here: '', declined: 'Declined', missed: 'No answer',
};

export function Tile({ user, state, stream, isMuted, isCameraOn, isMe, isMirrored, isFloating, style }: TileProps) {
  const [hasPicture, setHasPicture] = useState(false);
  const isSpeaking = useSpeaking(stream, isMuted);
  const isHere = state === 'here';
  const showsVideo = isHere && isCameraOn && hasPicture;
  const label = isMe ? 'You' : user.displayName;
  return (
    <figure
      className={classes.tile} style={style} aria-label={describe(label, isHere ? isMuted : false, STATES[state])}
      data-testid={isHere ? `tile-${user.name}` : `invited-${user.name}`} data-state={state}
      data-muted={isMuted} data-camera={isCameraOn} data-speaking={isSpeaking} data-floating={isFloating}
    >
      {isHere && (
        <MediaVideo
          stream={stream} isSilent={isMe} onPicture={setHasPicture}
          className={isMirrored ? `${classes.video} ${classes.mirrored}` : classes.video}
        />
      )}
      {!showsVideo && (
        <div className={classes.stand}>
          <span className={classes.cat} data-ringing={state === 'ringing'}>
            <CatPicture name={user.name} size="100%" />
          </span>
          {!isHere && <span className={classes.state}>{STATES[state]}</span>}
        </div>
      )}
      <figcaption className={classes.caption}>
        {isHere && isMuted && <MicrophoneOffIcon size={14} />}
        <span className={classes.name}>{label}</span>
      </figcaption>
    </figure>
  );
}

function describe(name: string, isMuted: boolean, state: string): string {
  return [name, isMuted ? 'muted' : '', state.replace('…', '').toLowerCase()].filter(Boolean).join(', ');
}
