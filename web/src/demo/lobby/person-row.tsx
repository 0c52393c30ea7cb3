/** One person who is online. */
import { Button, Checkbox } from '@mantine/core';
import type { User } from 'whisker-client';
import { CatPicture } from '../../ui/cat';
import { PhoneIcon } from '../../ui/icons';
import classes from './lobby.module.css';

export interface PersonRowProps {
  user: User;
  isSelected: boolean;
  canSelect: boolean;
  onSelect(): void;
  onCall(): void;
}

export function PersonRow({ user, isSelected, canSelect, onSelect, onCall }: PersonRowProps) {
  const isBusy = user.callStatus === 'IN_CALL';
  return (
    <li className={classes.row} data-testid={`user-${user.name}`} data-selected={isSelected}>
      {canSelect && (
        <Checkbox
          data-testid={`select-${user.name}`} aria-label={`Select ${user.displayName} for a group call`}
          checked={isSelected} onChange={onSelect} radius="sm"
        />
      )}
      <span className={classes.picture} data-busy={isBusy}>
        <CatPicture name={user.name} size={42} />
      </span>
      <span className={classes.who}>
        <span className={classes.name}>{user.displayName}</span>
        <span className={classes.status}>{isBusy ? 'In a call' : 'Available'}</span>
      </span>
      <Button
        data-testid={`call-${user.name}`} aria-label={`Call ${user.displayName}`} onClick={onCall}
        className={classes.callButton} variant="default" leftSection={<PhoneIcon size={17} />}
      >
        Call
      </Button>
    </li>
  );
}
