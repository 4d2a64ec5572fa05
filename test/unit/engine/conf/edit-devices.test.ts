import { describe, expect, it } from 'vitest';
import { findByAlias, parseDevice, plugIn, pullOut } from '../../../../src/engine/conf/edit-devices.ts';
import { liveOf, storedWith } from '../../../helpers/live-definition.ts';

const dimm = parseDevice("<memory model='dimm'><target><size unit='MiB'>64</size><node>0</node></target></memory>");

describe('a module of memory', () => {
  it.each([
    ['all in use: the balloon grows with it', 65536, 131072],
    ['some held back: what is in use stays', 40000, 40000],
  ])('is part of the domain’s memory; %s', (_title, currentMemory, after) => {
    const def = { ...storedWith(''), currentMemory };
    const plugged = plugIn(def, dimm.key, dimm.device);
    expect([plugged.memory?.kib, plugged.currentMemory]).toEqual([131072, after]);
    const pulled = pullOut(plugged, dimm.key, 0);
    expect([pulled.memory?.kib, pulled.currentMemory, pulled.devices.memories]).toEqual([65536, currentMemory, []]);
  });
});

describe('an alias', () => {
  it('names the serial port, not the console that is the same once more', () => {
    const def = liveOf(storedWith("<serial type='pty'/><console type='pty'/>"));
    expect(findByAlias(def, 'serial0')).toMatchObject({ key: 'serials', index: 0 });
    expect(findByAlias(def, 'nothing')).toBeUndefined();
  });
});
