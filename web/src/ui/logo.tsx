/** The mark and the name beside it. */
import icon from './icon.svg';
import classes from './logo.module.css';

export function Logo({ size = 28 }: { size?: number }) {
  return (
    <span className={classes.logo} style={{ fontSize: size * 0.68 }}>
      <img src={icon} width={size} height={size} alt="" />
      Whisker
    </span>
  );
}
