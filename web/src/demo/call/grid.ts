/** How many tiles fit beside each other, and how large they are. Pure. */

export interface Grid {
  columns: number;
  /** Of one tile, in CSS pixels. */
  width: number;
  height: number;
}

/** Outside these shapes too much of a face would be cut off; whoever is on a phone is filmed upright by others' phones. */
interface Shapes {
  widest: number;
  tallest: number;
  /** What cameras are expected to deliver. */
  picture: number;
}

const LANDSCAPE: Shapes = { widest: 16 / 9, tallest: 3 / 4, picture: 16 / 9 };
const PORTRAIT: Shapes = { widest: 16 / 9, tallest: 1 / 2, picture: 3 / 4 };

/** The grid that shows most of the pictures of `count` people in an area. */
export function fitGrid(count: number, areaWidth: number, areaHeight: number, gap: number): Grid {
  const shapes = areaWidth < areaHeight ? PORTRAIT : LANDSCAPE;
  let best: Grid = { columns: 1, width: 0, height: 0 };
  let bestSeen = -1;
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const room = {
      width: Math.max(0, (areaWidth - gap * (columns - 1)) / columns),
      height: Math.max(0, (areaHeight - gap * (rows - 1)) / rows),
    };
    const width = Math.min(room.width, room.height * shapes.widest);
    const height = Math.min(room.height, room.width / shapes.tallest);
    const seen = visibleArea(width, height, shapes.picture);
    if (seen > bestSeen) {
      bestSeen = seen;
      best = { columns, width: Math.floor(width), height: Math.floor(height) };
    }
  }
  return best;
}

/** Area of the tile, counted for less when much of the picture is cropped to fill it. */
function visibleArea(width: number, height: number, picture: number): number {
  if (width === 0 || height === 0) return 0;
  const shape = width / height / picture;
  return width * height * Math.min(shape, 1 / shape) ** 0.5;
}
