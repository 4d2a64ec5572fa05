import { describe, expect, it } from 'vitest';
import { ASYNC_JOBS } from '../../../../src/common/model/job.ts';
import { type JobKind, mayBegin, NORMAL_JOBS } from '../../../../src/engine/conf/job-kinds.ts';

const BESIDE: readonly (readonly [under: JobKind, allowed: readonly JobKind[]])[] = [
  ['query', ['destroy']],
  ['modify', ['destroy']],
  ['suspend', ['destroy']],
  ['start', ['query', 'destroy', 'abort']],
  ['save', ['query', 'destroy', 'abort']],
  ['dump', ['query', 'suspend', 'destroy', 'abort']],
  ['snapshot', ['query', 'destroy', 'abort']],
  ['backup', ['query', 'modify', 'suspend', 'destroy', 'abort']],
];

describe('jobs on one domain', () => {
  it.each(BESIDE)('beside %s: %j', (under, allowed) => {
    const isAsync = ASYNC_JOBS.some((job) => job === under);
    const underWay = isAsync ? { async: under as never } : { normal: under as never };
    const kinds = [...NORMAL_JOBS, ...ASYNC_JOBS];
    expect(kinds.filter((kind) => mayBegin(underWay, kind))).toEqual(allowed);
  });

  it('excludes normal jobs from each other also beside a long one', () => {
    expect(mayBegin({ normal: 'query', async: 'dump' }, 'suspend')).toBe(false);
    expect(mayBegin({ normal: 'query', async: 'dump' }, 'destroy')).toBe(true);
  });

  it.each([...NORMAL_JOBS, ...ASYNC_JOBS])('%s begins where nothing runs', (kind) => {
    expect(mayBegin({}, kind)).toBe(true);
  });
});
