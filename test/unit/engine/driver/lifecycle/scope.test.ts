import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { joinCall, scopeCall, scopeName } from '../../../../../src/engine/driver/lifecycle/scope.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';

const defOf = (more: string) => parseDomain(tinyDomain({ name: 'web', more })).def;

describe('the systemd scope of a guest', () => {
  it('takes QEMU and its companions in, with the limits of the definition', () => {
    const more = "<memtune><hard_limit unit='MiB'>64</hard_limit></memtune><cputune><shares>2048</shares></cputune>";
    expect(scopeCall('x.scope', defOf(more), [42, 43]).slice(6).join(' ')).toBe(
      'ssa(sv)a(sa(sv)) x.scope fail 6 Description s Vivarium guest web PIDs au 2 42 43 Slice s vivarium.slice CollectMode s inactive-or-failed MemoryMax t 67108864 CPUWeight t 200 0',
    );
  });

  it('takes in what is plugged in later', () => {
    expect(joinCall('x.scope', 42).slice(2).join(' ')).toBe(
      'org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager AttachProcessesToUnit ssau x.scope / 1 42',
    );
  });

  it('has none where the definition has none, and another name at each start', () => {
    expect(scopeCall('x.scope', defOf(''), [42]).join(' ')).not.toMatch(/MemoryMax|CPUWeight/);
    expect(scopeName('u-1', 'abcdefgh-1')).toBe('vivarium-u-1-abcdefgh.scope');
  });
});
