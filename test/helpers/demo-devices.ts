// Changing devices of the demo host's machines: at once, and told by an 'updated' event like every change of a definition.
import type { ProcedureName } from '../../src/common/contract/procedures.ts';
import { virError } from '../../src/common/errors.ts';
import type { Calls, DemoState } from './demo-state.ts';

export function deviceCalls(state: DemoState): Calls {
  const change = (procedure: ProcedureName, label: string, reference: string, work: (uuid: string) => void) => {
    const { uuid, name } = state.find(reference);
    return state.command(procedure, `${label} ${name}`, { uuid, name }, () => {
      work(uuid);
      return state.change(uuid, {}, { kind: 'updated' });
    });
  };
  const { media, unplugged, removed, pending } = state.hardware;
  return {
    'domain.changeMedia': ({ domain, source }) =>
      change('domain.changeMedia', 'Change the medium of', domain, (uuid) => media.set(uuid, source)),
    'domain.setLink': ({ domain, up }) =>
      change('domain.setLink', 'Change the link of', domain, (uuid) =>
        up ? unplugged.delete(uuid) : unplugged.add(uuid),
      ),
    'domain.detachDeviceAlias': async ({ domain, alias }) => {
      // A guest that uses its disk does not let go of it.
      if (alias.startsWith('virtio-disk')) return { ...ref(state, domain), state: 'asked' };
      const done = await change('domain.detachDeviceAlias', 'Detach a device from', domain, (uuid) =>
        removed.add(`${uuid} ${alias}`),
      );
      return { ...done, state: 'done' };
    },
    'domain.setResources': ({ domain, vcpus, memoryKiB, maxVcpus, maxMemoryKiB }) =>
      change('domain.setResources', 'Set processors and memory of', domain, (uuid) => {
        if ((vcpus ?? 0) > 4) throw virError('CONFIG_UNSUPPORTED', 'its processors can’t come and go while it runs');
        const set = Object.entries({ vcpus, memoryKiB, maxVcpus, maxMemoryKiB }).filter(([, value]) => value);
        state.hardware.resources.set(uuid, { ...state.hardware.resources.get(uuid), ...Object.fromEntries(set) });
        state.change(uuid, { ...(vcpus ? { vcpus } : {}), ...(memoryKiB ? { memoryKiB } : {}) }, { kind: 'updated' });
      }),
    'domain.setLifecycleAction': ({ domain, type, action }) =>
      change('domain.setLifecycleAction', 'Set what follows of', domain, (uuid) =>
        state.hardware.lifecycle.set(uuid, { ...state.hardware.lifecycle.get(uuid), [type]: action }),
      ),
    'domain.pendingChanges': ({ domain }) => {
      const { uuid, isActive } = state.find(domain);
      return { changes: isActive ? [...(pending.get(uuid) ?? [])] : [] };
    },
  };
}

const ref = (state: DemoState, reference: string): { uuid: string; name: string } => {
  const { uuid, name } = state.find(reference);
  return { uuid, name };
};
