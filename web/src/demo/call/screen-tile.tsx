/** Somebody's screen, whole: nothing is cropped. */
import { useState, type CSSProperties } from 'react';
import { Loader } from '@mantine/core';
import type { User } from 'whisker-client';
import { ScreenIcon } from '../../ui/icons';
import { MediaVideo } from './media-video';
import classes from './tile.module.css';

export interface ScreenTileProps {
  user: Pick<User, 'name' | 'displayName'>;
  stream: MediaStream;
  style: CSSProperties;
}

export function ScreenTile({ user, stream, style }: ScreenTileProps) {
  const [hasPicture, setHasPicture] = useState(false);
  return (
    <figure
      className={`${classes.tile} ${classes.screen}`} style={style} data-testid={`tile-${user.name}-screen`}
      aria-label={`Screen of ${user.displayName}`}
    >
      <MediaVideo stream={stream} isSilent={false} onPicture={setHasPicture} className={classes.whole} />
      {!hasPicture && <div className={classes.stand}><Loader color="gray" size="sm" /></div>}
      <figcaption className={classes.caption}>
        <ScreenIcon size={14} />
        <span className={classes.name}>{user.displayName}’s screen</span>
      </figcaption>
    </figure>
  );
}
