import { describe, expect, test } from 'vitest';
import { applyChange, applySplice, type Held } from './transition.ts';

const held: Held = { value: [1, 2, 3], hash: 'a', error: undefined };

describe('a transition is applied strictly', () => {
  test('edits count in the array as it is after the edits before', () => {
    expect(applySplice([1, 2, 3, 4], [[0, 1, [9, 8]], [3, 1, []]])).toEqual([9, 8, 2, 4]);
  });
  test('a splice on another base is a violation', () => {
    expect(() => applyChange(held, { id: 1, splice: [[0, 1, []]], base: 'b', hash: 'c' })).toThrow(/names the value/);
  });
  test('an edit beyond the end is a violation', () => {
    expect(() => applyChange(held, { id: 1, splice: [[3, 1, []]], base: 'a', hash: 'c' })).toThrow(/within 3 rows/);
  });
  test('edits that descend are a violation', () => {
    expect(() => applySplice([1, 2, 3], [[2, 1, []], [0, 1, []]])).toThrow(/ascend/);
  });
  test('same for a value that is not held is a violation', () => {
    expect(() => applyChange(held, { id: 1, same: true, hash: 'b' })).toThrow(/same names/);
  });
  test('a code outside of the closed list is a violation', () => {
    expect(() => applyChange(held, { id: 1, error: { code: 'oops', message: '', retryable: false } })).toThrow(/closed list/);
  });
});
