/** The call: a header, the tiles, the controls. */
import { useElementSize } from '@mantine/hooks';
import type { CurrentUser } from 'whisker-client';
import { arrange, type TileSpec } from './arrange';
import { CallControls, type CallActions } from './call-controls';
import { CallHeader } from './call-header';
import type { CallState, Person } from './call-state';
import type { LocalMedia } from './local-media';
import { ScreenTile } from './screen-tile';
import { Tile } from './tile';
import classes from './call-stage.module.css';

export interface CallStageProps {
  state: CallState;
  me: CurrentUser;
  media: LocalMedia;
  actions: CallActions;
}

export function CallStage({ state, me, media, actions }: CallStageProps) {
  const { ref, width, height } = useElementSize();
  const places = arrange(tilesOf(state.people), width, height);
  const place = (key: string) => {
    const { isFloating, ...style } = places.get(key) ?? { left: 0, top: 0, width: 0, height: 0, isFloating: false };
    return { isFloating, style };
  };
  return (
    <div className={classes.stage} data-testid="call-stage">
      <CallHeader state={state} isSharingScreen={media.isSharingScreen} />
      <main className={classes.tiles} aria-label="People in the call">
        <div className={classes.area} ref={ref}>
          {state.people.map((person) => (
            <Tile key={person.user.id} {...person} isMe={false} isMirrored={false} {...place(keyOf(person))} />
          ))}
          {state.people.map(({ user, screen }) => screen && (
            <ScreenTile key={`screen-${user.id}`} user={user} stream={screen} style={place(screenKeyOf(user.id)).style} />
          ))}
          <Tile
            user={me} state="here" stream={media.stream} isMuted={media.isMuted || !media.hasMicrophone}
            isCameraOn={media.isCameraOn} isMe isMirrored={media.isMirrored} {...place('me')}
          />
        </div>
      </main>
      <CallControls media={media} actions={actions} />
    </div>
  );
}

function tilesOf(people: readonly Person[]): readonly TileSpec[] {
  const sharing = people.filter((person) => person.screen !== null);
  const screens = sharing.map(({ user }) => ({ key: screenKeyOf(user.id), kind: 'screen' as const }));
  const others = people.map((person) => ({ key: keyOf(person), kind: 'person' as const }));
  return [...screens, ...others, { key: 'me', kind: 'me' }];
}

const keyOf = ({ user }: Person): string => `person-${user.id}`;
const screenKeyOf = (id: number): string => `screen-${id}`;
