/** A picture of what will happen: a call of four. Decoration only. */
import { CatPicture } from '../../ui/cat';
import { HangUpIcon, MicrophoneIcon, CameraIcon, MicrophoneOffIcon } from '../../ui/icons';
import classes from './welcome-art.module.css';

const PEOPLE = [
  { name: 'Saffron', tone: classes.peach },
  { name: 'Clover', tone: classes.sage, isMuted: true },
  { name: 'Tango', tone: classes.sky, isSpeaking: true },
  { name: 'Ziggy', tone: classes.lilac },
];

export function WelcomeArt() {
  return (
    <div className={classes.art} aria-hidden="true">
      <div className={classes.grid}>
        {PEOPLE.map(({ name, tone, isMuted, isSpeaking }) => (
          <div key={name} className={`${classes.tile} ${tone}`} data-speaking={isSpeaking}>
            <CatPicture name={name} size="46%" />
            <span className={classes.name}>
              {isMuted && <MicrophoneOffIcon size={12} />}
              {name}
            </span>
          </div>
        ))}
      </div>
      <div className={classes.bar}>
        <span className={classes.dot}><MicrophoneIcon size={16} /></span>
        <span className={classes.dot}><CameraIcon size={16} /></span>
        <span className={`${classes.dot} ${classes.end}`}><HangUpIcon size={16} /></span>
      </div>
    </div>
  );
}
