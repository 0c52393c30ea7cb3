// What a callback of an SDK was called with, in order. Never throws into the SDK: it would drop the topic (protocol 8.6).
import assert from 'node:assert/strict';
import { until } from './until.mjs';

export class Recorder {
  constructor(name) {
    this.name = name;
    this.calls = [];
    this.taken = new Set();
    this.record = (...values) => void this.calls.push(values);
  }

  // The arguments of the first call that matches and was not returned before.
  async next(matches = () => true) {
    const found = () => this.calls.find((call) => !this.taken.has(call) && matches(...call));
    const seen = () => `${this.name} is called; it was called with ${JSON.stringify(this.calls).slice(0, 500)}`;
    const call = await until(seen, found);
    this.taken.add(call);
    return call;
  }

  // The first argument of that call: most callbacks have only one.
  async one(matches) {
    const [value] = await this.next(matches);
    return value;
  }

  matching(matches = () => true) {
    return this.calls.filter((call) => matches(...call));
  }

  none(matches) {
    const found = this.matching(matches);
    assert.equal(found.length, 0, `${this.name} was called with ${JSON.stringify(found).slice(0, 500)}`);
  }

  once(matches) {
    const found = this.matching(matches);
    assert.equal(found.length, 1, `${this.name} was called ${found.length} times`);
    return found[0];
  }
}
