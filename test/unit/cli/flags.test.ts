import { describe, expect, it } from 'vitest';
import { affectOf } from '../../../src/cli/flags.ts';

describe('what a change is for', () => {
  it.each([
    [{}, true, {}],
    [{ current: true }, true, {}],
    [{ live: true }, true, { live: true }],
    [{ config: true }, true, { config: true }],
    [{ live: true, config: true }, true, { live: true, config: true }],
    [{ persistent: true }, true, { live: true, config: true }],
    [{ persistent: true }, false, { config: true }],
    [{ persistent: true, live: true }, false, { live: true, config: true }],
  ])('%j of a domain that runs: %j is %j', async (options, isActive, affect) => {
    expect(await affectOf(options, async () => isActive)).toEqual(affect);
  });

  it.each(['live', 'config', 'persistent'])('is not --current and --%s at once', async (other) => {
    await expect(affectOf({ current: true, [other]: true })).rejects.toThrow(
      `Options --current and --${other} are mutually exclusive`,
    );
  });
});
