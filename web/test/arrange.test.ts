import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrange, type Placement, type TileSpec } from '../src/demo/call/arrange';

const AREAS = [[1252, 650], [370, 690], [370, 260], [900, 900], [2400, 1200]] as const;

function tiles(people: number, screens = 0): TileSpec[] {
  const others = Array.from({ length: people }, (_, index) => ({ key: `p${index}`, kind: 'person' as const }));
  const shared = Array.from({ length: screens }, (_, index) => ({ key: `s${index}`, kind: 'screen' as const }));
  return [...shared, ...others, { key: 'me', kind: 'me' }];
}

function overlap(a: Placement, b: Placement): boolean {
  const isBeside = a.left + a.width <= b.left || b.left + b.width <= a.left;
  return !isBeside && a.top + a.height > b.top && b.top + b.height > a.top;
}

describe('the arrangement of tiles', () => {
  it('keeps every tile inside, visible, and off the others, whoever is there', () => {
    for (const [width, height] of AREAS) {
      for (let people = 0; people <= 12; people += 1) {
        for (let screens = 0; screens <= 2; screens += 1) {
          const specs = tiles(people, screens);
          const places = arrange(specs, width, height);
          const where = `${people} people, ${screens} screens in ${width}×${height}`;
          assert.equal(places.size, specs.length, where);
          const all = [...places.values()];
          for (const place of all) {
            assert.ok(place.width > 20 && place.height > 20, where);
            assert.ok(place.left >= -0.5 && place.top >= -0.5, where);
            assert.ok(place.left + place.width <= width + 0.5 && place.top + place.height <= height + 0.5, where);
          }
          const fixed = all.filter((place) => !place.isFloating);
          fixed.forEach((a, index) => fixed.slice(index + 1).forEach((b) => assert.ok(!overlap(a, b), where)));
        }
      }
    }
  });

  it('lets one other person fill the page, with oneself on top', () => {
    const places = arrange(tiles(1), 1252, 650);
    assert.equal(places.get('me')?.isFloating, true);
    assert.ok((places.get('p0')?.width ?? 0) > 1000);
  });

  it('gives a shared screen most of the page', () => {
    for (const [width, height] of AREAS) {
      const screen = arrange(tiles(3, 1), width, height).get('s0');
      assert.ok(screen && screen.width * screen.height > width * height * 0.5, `${width}×${height}`);
    }
  });

  it('makes four equal tiles for four people, on a laptop and on a phone', () => {
    for (const [width, height] of [[1252, 650], [370, 690]] as const) {
      const places = [...arrange(tiles(3), width, height).values()];
      assert.equal(new Set(places.map(({ left }) => Math.round(left))).size, 2);
      assert.equal(new Set(places.map(({ top }) => Math.round(top))).size, 2);
    }
  });

  it('survives an area that has no size yet', () => {
    for (const place of arrange(tiles(3, 1), 0, 0).values()) assert.ok(Number.isFinite(place.left + place.width));
  });
});
