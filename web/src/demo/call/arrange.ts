/**
 * Where each tile of a call stands. Pure: one list of tiles in, one rectangle for each out, so that a tile keeps its
 * video while everything around it moves.
 *
 * ```text
 *   a screen is shared      one other person         more
 *   ┌───────────┬──┐        ┌──────────────┐         ┌──────┬──────┐
 *   │  screen   │▪▪│        │    other     │         │      │      │
 *   │           │▪▪│        │          ┌──┐│         ├──────┼──────┤
 *   └───────────┴──┘        └──────────┴──┘┘         │      │      │
 * ```
 */
import { fitGrid } from './grid';

export type TileKind = 'me' | 'person' | 'screen';

export interface TileSpec {
  key: string;
  kind: TileKind;
}

export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Placement extends Rectangle {
  /** Lies on top of another tile. */
  isFloating: boolean;
}

type Area = Rectangle;

const GAP = 10;
/** Distance of the floating picture from the edges of the other one. */
const INSET = 14;

export function arrange(tiles: readonly TileSpec[], width: number, height: number): ReadonlyMap<string, Placement> {
  const area = { left: 0, top: 0, width, height };
  const screens = tiles.filter((tile) => tile.kind === 'screen');
  const people = tiles.filter((tile) => tile.kind !== 'screen');
  if (screens.length > 0) return besideScreens(screens, people, area);
  const others = people.filter((tile) => tile.kind === 'person');
  const me = people.find((tile) => tile.kind === 'me');
  if (me && others.length === 1) return faceToFace(others, me, area);
  return new Map(inGrid(people, area));
}

function besideScreens(screens: readonly TileSpec[], people: readonly TileSpec[], area: Area): ReadonlyMap<string, Placement> {
  const isWide = area.width >= area.height;
  const strip = isWide ? clamp(area.width * 0.2, 150, 280) : clamp(area.height * 0.3, 110, 260);
  const main = isWide
    ? { ...area, width: Math.max(0, area.width - strip - GAP) }
    : { ...area, height: Math.max(0, area.height - strip - GAP) };
  const rest = isWide
    ? { ...area, left: main.width + GAP, width: strip }
    : { ...area, top: main.height + GAP, height: strip };
  const rows = screens.map((screen, index) => {
    const height = (main.height - GAP * (screens.length - 1)) / screens.length;
    return [screen.key, { ...main, top: main.top + index * (height + GAP), height, isFloating: false }] as const;
  });
  return new Map([...rows, ...inGrid(people, rest)]);
}

function faceToFace(others: readonly TileSpec[], me: TileSpec, area: Area): ReadonlyMap<string, Placement> {
  const isWide = area.width >= area.height;
  const width = isWide ? clamp(area.width * 0.2, 120, 260) : clamp(area.width * 0.28, 84, 150);
  const height = isWide ? (width * 9) / 16 : (width * 4) / 3;
  const other = inGrid(others, area);
  const frame = other[0]?.[1] ?? area;
  const left = frame.left + frame.width - width - INSET;
  // Below on a wide page; above on a phone, where the hand that holds it is below.
  const top = isWide ? frame.top + frame.height - height - INSET : frame.top + INSET;
  return new Map([...other, [me.key, { left, top, width, height, isFloating: true }]]);
}

function inGrid(tiles: readonly TileSpec[], area: Area): [string, Placement][] {
  const { columns, width, height } = fitGrid(tiles.length, area.width, area.height, GAP);
  const rows = Math.ceil(tiles.length / columns);
  const top = area.top + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return tiles.map((tile, index) => {
    const row = Math.floor(index / columns);
    // A last row that is not full stands in the middle.
    const inRow = row === rows - 1 ? tiles.length - row * columns : columns;
    const left = area.left + (area.width - inRow * width - (inRow - 1) * GAP) / 2;
    const column = index - row * columns;
    const place = { left: left + column * (width + GAP), top: top + row * (height + GAP), width, height };
    return [tile.key, { ...place, isFloating: false }];
  });
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
