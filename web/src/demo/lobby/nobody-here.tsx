/** The list of people while it is empty: how to get company. */
import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { CatPicture } from '../../ui/cat';
import { CheckIcon, CopyIcon, NewTabIcon } from '../../ui/icons';
import classes from './nobody-here.module.css';

export function NobodyHere({ myName }: { myName: string }) {
  const clipboard = useClipboard({ timeout: 2000 });
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
  return (
    <div className={classes.empty}>
      <div className={classes.cats}>
        <CatPicture name={myName} size={54} />
        <span className={classes.seat} />
      </div>
      <h3 className={classes.title}>You are the first one here</h3>
      <p className={classes.hint}>
        Open this page in another tab and ring yourself{isLocal ? '.' : ', or send the link to somebody.'} Whoever opens it
        appears in this list at once.
      </p>
      <div className={classes.buttons}>
        {/* Without an opener the new tab starts with a memory of its own, so it asks for another name. */}
        <Button component="a" href={location.href} target="_blank" rel="noopener" leftSection={<NewTabIcon size={17} />}>
          Open another tab
        </Button>
        {navigator.clipboard && (
          <Button
            variant="default" onClick={() => clipboard.copy(location.href)}
            leftSection={clipboard.copied ? <CheckIcon size={17} /> : <CopyIcon size={17} />}
          >
            {clipboard.copied ? 'Copied' : 'Copy link'}
          </Button>
        )}
      </div>
    </div>
  );
}
