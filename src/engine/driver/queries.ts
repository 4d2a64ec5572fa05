// The look-ups of the contract. They never wait for a command: what they read is in memory, or belongs to the host.

import { virError } from '../../common/errors.ts';
import { formatDomain } from '../conf/domain.ts';
import { requireLive } from './actions.ts';
import { blockJobInfo } from './block/job-control.ts';
import type { ConsoleTickets } from './consoles/console-tickets.ts';
import { checkConsole, vncSocket } from './consoles/consoles.ts';
import type { DriverContext } from './context.ts';
import { machineDefaults } from './create/machine-defaults.ts';
import { domainDetails } from './details.ts';
import { runDoctor } from './host/doctor.ts';
import { hostInfo } from './host/host.ts';
import { cpuModels, domainCapabilities, hostCapabilities } from './host/host-capabilities.ts';
import { hostSysinfo } from './host/sysinfo.ts';
import type { Verbs } from './jobs/on-domain.ts';
import { domainEndpoints } from './lifecycle/endpoints.ts';
import { toNative } from './native.ts';
import { listFolder } from './registry/files.ts';
import { listDisks } from './registry/undefine-files.ts';
import { createStatsQueries } from './stats/stats-queries.ts';
import { readPins } from './tuning/pins.ts';

export function createQueries(context: DriverContext, tickets: ConsoleTickets): Verbs {
  const lookup = (input: { readonly domain: string }) => context.list.lookup(input.domain);
  return {
    'host.info': () => hostInfo(context),
    'host.capabilities': () => hostCapabilities(context),
    'host.domainCapabilities': (input) => domainCapabilities(context, input),
    'host.sysinfo': () => hostSysinfo(),
    'host.cpuModels': ({ arch }) => cpuModels(context, arch),
    'host.doctor': async () => ({ checks: await runDoctor(context) }),
    'domain.list': async () => ({
      sequence: context.events.sequence,
      domains: context.list.values().map((obj) => context.summarize(obj)),
      broken: [...context.broken.values()],
    }),
    'domain.lookup': async (input) => context.summarize(lookup(input)),
    'domain.get': async (input) => domainDetails(context, lookup(input)),
    'domain.dumpxml': async (input) => {
      const obj = lookup(input);
      const live = input.inactive ? undefined : obj.live;
      return { xml: formatDomain(live?.def ?? obj.def, { live: live !== undefined }) };
    },
    'domain.disks': async (input) => ({ disks: await listDisks(context, lookup(input)) }),
    'domain.endpoints': async (input) => domainEndpoints(lookup(input), input.inactive ?? false),
    ...createStatsQueries(context),
    'domain.pins': async (input) => readPins(lookup(input), input.inactive ?? false),
    'domain.blockJobInfo': async (input) => blockJobInfo(lookup(input), input.disk),
    'domain.vncdisplay': async (input) => {
      const obj = lookup(input);
      const socket = vncSocket(requireLive(obj).live);
      if (!socket) throw virError('DEVICE_MISSING', `domain '${obj.name}' has no VNC display`);
      return { display: socket };
    },
    'domain.toNative': (input) => toNative(context, input.xml, input.file),
    'console.open': async (input) => {
      const obj = lookup(input);
      const target = { console: input.console, index: input.index ?? 0 };
      checkConsole(obj, target);
      return { ticket: tickets.issue({ uuid: obj.uuid, ...target }) };
    },
    'command.list': async () => ({ commands: [...context.queue.list()] }),
    'command.cancel': async ({ id }) => ({ cancelled: context.queue.cancel(id) }),
    'os.list': async () => ({ systems: await context.systems.list() }),
    'media.inspect': ({ path }) => context.systems.inspect(path),
    'files.list': ({ path, showHidden }) => listFolder(context.paths, path, showHidden ?? false),
    'machine.defaults': (input) => machineDefaults(context, input),
  };
}
