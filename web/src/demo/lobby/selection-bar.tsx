/** What can be done with the people who are selected. */
import { Button } from '@mantine/core';
import type { User } from 'whisker-client';
import { CatPicture } from '../../ui/cat';
import { CameraIcon } from '../../ui/icons';
import classes from './lobby.module.css';

/** Faces shown; more would push the buttons away on a phone. */
const FACES = 4;

export interface SelectionBarProps {
  people: readonly User[];
  onClear(): void;
  onCall(): void;
}

export function SelectionBar({ people, onClear, onCall }: SelectionBarProps) {
  return (
    <div className={classes.selection} role="region" aria-label="Selected people">
      <span className={classes.faces}>
        {people.slice(0, FACES).map((person) => (
          <CatPicture key={person.id} name={person.name} size={30} />
        ))}
      </span>
      <span className={classes.selectedCount} aria-live="polite">{people.length} selected</span>
      <Button variant="subtle" color="gray" size="sm" onClick={onClear}>Clear</Button>
      <Button data-testid="group-call-button" size="sm" leftSection={<CameraIcon size={17} />} onClick={onCall}>
        {people.length === 1 ? 'Start call' : 'Group call'}
      </Button>
    </div>
  );
}
