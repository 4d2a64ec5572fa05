// A driver context over a fake host: the engine's real registry, queue and verbs, with a recorded emulator and no machine beneath.
import { readFileSync } from 'node:fs';
import { Emitter } from '../../src/common/base/emitter.ts';
import type { DriverContext } from '../../src/engine/driver/context.ts';
import { createSystems } from '../../src/engine/driver/host/systems.ts';
import { CommandQueue } from '../../src/engine/driver/jobs/command-queue.ts';
import { type DecideAdd, DomainList } from '../../src/engine/driver/registry/domain-list.ts';
import type { DomainObj } from '../../src/engine/driver/registry/domain-obj.ts';
import { summarize } from '../../src/engine/driver/registry/domain-view.ts';
import { EventLog } from '../../src/engine/driver/registry/event-log.ts';
import type { QemuCapabilities } from '../../src/engine/qemu/def/capabilities.ts';
import { resolvePaths } from '../../src/engine/state/paths.ts';
import { silentLog } from '../../src/engine/util/log.ts';
import type { FakeHost } from './fake-host.ts';

export const recordedCapabilities = JSON.parse(
  readFileSync(new URL('../data/caps/qemu-7.2.json', import.meta.url), 'utf8'),
) as QemuCapabilities;

export function createFakeContext(host: FakeHost, decideAdd?: DecideAdd): DriverContext {
  let lastId = 0;
  const paths = resolvePaths({ HOME: '/nowhere', XDG_RUNTIME_DIR: '/nowhere/run' });
  return {
    paths,
    log: silentLog,
    host,
    list: new DomainList<DomainObj>(decideAdd),
    systems: createSystems(paths.cacheDir),
    queue: new CommandQueue(),
    events: new EventLog(),
    monitorEvents: new Emitter(),
    broken: new Map(),
    unadopted: new Map(),
    capabilities: async () => recordedCapabilities,
    firmwares: async () => [],
    accelerator: { find: async () => ({ kind: 'tcg', reason: 'a fake' }), reportKvmFailure: () => undefined },
    nextId: () => {
      lastId += 1;
      return lastId;
    },
    summarize: (obj) => summarize(obj, (id) => id),
    now: () => 1_700_000_000_000,
  };
}
