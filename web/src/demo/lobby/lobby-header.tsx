/** Who I am, and the way out. */
import { ActionIcon, Tooltip } from '@mantine/core';
import type { CurrentUser } from 'whisker-client';
import { CatPicture } from '../../ui/cat';
import { SignOutIcon } from '../../ui/icons';
import { Logo } from '../../ui/logo';
import { ThemeSwitch } from '../../ui/theme-switch';
import classes from './lobby.module.css';

export function LobbyHeader({ me, onSignOut }: { me: CurrentUser; onSignOut(): void }) {
  return (
    <header className={classes.header}>
      <Logo />
      <div className={classes.me}>
        <CatPicture name={me.name} size={30} />
        <span className={classes.myName} data-testid="my-name">{me.displayName}</span>
        <ThemeSwitch />
        <Tooltip label="Use another name">
          <ActionIcon
            data-testid="sign-out" variant="subtle" color="gray" size="lg" aria-label="Use another name"
            onClick={onSignOut}
          >
            <SignOutIcon />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}
