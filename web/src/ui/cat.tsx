/** A person's picture: a cat that is always the same for the same name. Decoration: the name stands beside it. */
import { catOf, type Cat } from './cat-of';

const HEAD =
  'M12 12.5c.4-1.7 2.3-2.3 3.6-1.2l8 6.4a27 27 0 0 1 16.8 0l8-6.4c1.3-1.1 3.2-.5 3.6 1.2 1.6 6.5 2.5 13.2 1.7 20.2C52.3 46 43.5 54 32 54S11.7 46 10.3 32.7c-.8-7 .1-13.7 1.7-20.2Z';
const INNER_EARS = 'M15.8 15.8l5.2 4.3a18 18 0 0 0-6 5.2c0-3.3.2-6.5.8-9.5ZM48.2 15.8 43 20.1a18 18 0 0 1 6 5.2c0-3.3-.2-6.5-.8-9.5Z';
const NOSE = 'M29.9 37.5h4.2c.8 0 1.2.9.7 1.5l-2 2.3a1 1 0 0 1-1.6 0l-2-2.3c-.5-.6-.1-1.5.7-1.5Z';
const MOUTH = 'M32 41.5v1.5c0 1.9-1.5 3.2-3.3 3.2M32 43c0 1.9 1.5 3.2 3.3 3.2';
const WHISKERS = 'M17.5 39.5 6.5 37.3M17.5 43 7 44.5M46.5 39.5l11-2.2M46.5 43 57 44.5';

export function CatPicture({ name, size }: { name: string; size: number | string }) {
  const cat = catOf(name);
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" style={{ width: size, aspectRatio: 1, borderRadius: '50%', flex: 'none' }}>
      <rect width="64" height="64" fill={cat.background} />
      <g transform="translate(3.2 4.6) scale(.9)">
        <path d={HEAD} fill={cat.fur} />
        <path d={INNER_EARS} fill={cat.accent} opacity={0.55} />
        <Markings cat={cat} />
        <Eyes cat={cat} />
        <g fill="none" stroke={cat.line} strokeWidth={1.7} strokeLinecap="round">
          <path d={MOUTH} />
          <path d={WHISKERS} opacity={0.75} />
        </g>
        <path d={NOSE} fill={cat.nose} />
      </g>
    </svg>
  );
}

function Markings({ cat }: { cat: Cat }) {
  switch (cat.marking) {
    case 'stripes':
      return (
        <path
          d="M32 17.5v7M26.3 18.5l.9 5M37.7 18.5l-.9 5"
          stroke={cat.accent} strokeWidth={2.8} strokeLinecap="round" fill="none"
        />
      );
    case 'patch':
      return <path d="M36 16.9a27 27 0 0 1 4.4.8l8-6.4c1.3-1.1 3.2-.5 3.6 1.2 1.6 6.5 2.5 13.2 1.7 20.2a22 22 0 0 1-.8 4.3C42 37 35 29 36 16.9Z" fill={cat.accent} />;
    case 'muzzle':
      return <ellipse cx="32" cy="44" rx="10.5" ry="8.5" fill="#fff" opacity={0.55} />;
    case 'plain':
      return null;
  }
}

function Eyes({ cat }: { cat: Cat }) {
  if (cat.eyes === 'happy') {
    return (
      <path
        d="M19 33.5c1.2-2.6 5.8-2.6 7 0M38 33.5c1.2-2.6 5.8-2.6 7 0"
        fill="none" stroke={cat.line} strokeWidth={2.2} strokeLinecap="round"
      />
    );
  }
  const ry = cat.eyes === 'round' ? 3.5 : 4.2;
  const rx = cat.eyes === 'round' ? 3.5 : 2.3;
  return (
    <g fill={cat.line}>
      <ellipse cx="22.5" cy="32.5" rx={rx} ry={ry} />
      <ellipse cx="41.5" cy="32.5" rx={rx} ry={ry} />
      <circle cx="23.7" cy="31" r="1.1" fill="#fff" />
      <circle cx="42.7" cy="31" r="1.1" fill="#fff" />
    </g>
  );
}
