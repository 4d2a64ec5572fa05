// Which commands there are, by virsh's groups, and where each one is: a call loads its own file and no other.
import { type Catalog, type CommandSpec, nameOf, type Topic } from './context.ts';

interface Family {
  readonly topic: keyof typeof TOPICS;
  /** What `load` brings, in its order. Told here too, so that nothing need be loaded to find a command. */
  readonly names: readonly string[];
  load(): Promise<readonly CommandSpec[]>;
}

const TOPICS = {
  domain: 'Domain Management',
  monitor: 'Domain Monitoring',
  events: 'Domain Events',
  host: 'Host and Hypervisor',
  vivarium: 'Vivarium itself',
} as const;

export const FAMILIES: readonly Family[] = [
  {
    topic: 'domain',
    names: ['start', 'shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume', 'send-key'],
    load: async () => (await import('./commands/lifecycle.ts')).lifecycleCommands,
  },
  {
    topic: 'domain',
    names: ['define', 'undefine', 'create', 'autostart', 'domrename'],
    load: async () => (await import('./commands/define.ts')).defineCommands,
  },
  {
    topic: 'domain',
    names: ['dumpxml', 'domid', 'domname', 'domuuid'],
    load: async () => (await import('./commands/names.ts')).nameCommands,
  },
  { topic: 'monitor', names: ['list'], load: async () => [(await import('./commands/list.ts')).listCommand] },
  {
    topic: 'monitor',
    names: ['dominfo', 'domstate', 'domcontrol'],
    load: async () => (await import('./commands/monitor.ts')).monitorCommands,
  },
  {
    topic: 'monitor',
    names: ['domblklist', 'domiflist'],
    load: async () => (await import('./commands/devices.ts')).deviceCommands,
  },
  { topic: 'monitor', names: ['domstats'], load: async () => [(await import('./commands/domstats.ts')).domstats] },
  {
    topic: 'domain',
    names: ['domdirtyrate-calc'],
    load: async () => [(await import('./commands/domstats.ts')).domdirtyrateCalc],
  },
  {
    topic: 'monitor',
    names: ['domblkinfo', 'domblkstat', 'domblkerror', 'domifstat', 'dommemstat', 'cpu-stats'],
    load: async () => (await import('./commands/device-stats.ts')).deviceStatsCommands,
  },
  { topic: 'monitor', names: ['wait'], load: async () => [(await import('./commands/wait.ts')).waitCommand] },
  {
    topic: 'domain',
    names: ['save', 'restore', 'managedsave', 'managedsave-remove', 'dump'],
    load: async () => (await import('./commands/save.ts')).saveCommands,
  },
  {
    topic: 'domain',
    names: [
      'save-image-dumpxml',
      'save-image-define',
      'save-image-edit',
      'managedsave-dumpxml',
      'managedsave-define',
      'managedsave-edit',
    ],
    load: async () => (await import('./commands/save-image.ts')).saveImageCommands,
  },
  {
    topic: 'domain',
    names: ['domjobinfo', 'domjobabort'],
    load: async () => (await import('./commands/job.ts')).jobCommands,
  },
  {
    topic: 'domain',
    names: ['edit', 'desc', 'metadata', 'set-lifecycle-action'],
    load: async () => (await import('./commands/edit.ts')).editCommands,
  },
  {
    topic: 'domain',
    names: ['setvcpus', 'setvcpu', 'setmem', 'setmaxmem', 'vcpucount', 'vcpuinfo'],
    load: async () => (await import('./commands/resources.ts')).resourceCommands,
  },
  {
    topic: 'domain',
    names: ['inject-nmi', 'dompmsuspend', 'dompmwakeup'],
    load: async () => (await import('./commands/power.ts')).powerCommands,
  },
  {
    topic: 'domain',
    names: [
      'attach-device',
      'detach-device',
      'detach-device-alias',
      'update-device',
      'attach-disk',
      'attach-interface',
    ],
    load: async () => (await import('./commands/attach.ts')).attachCommands,
  },
  {
    topic: 'domain',
    names: ['detach-disk', 'detach-interface', 'change-media', 'domif-setlink', 'domif-getlink'],
    load: async () => (await import('./commands/media.ts')).mediaCommands,
  },
  {
    topic: 'domain',
    names: ['vcpupin', 'emulatorpin', 'iothreadinfo', 'iothreadpin', 'iothreadadd', 'iothreaddel', 'iothreadset'],
    load: async () => (await import('./commands/pins.ts')).pinCommands,
  },
  {
    topic: 'host',
    names: ['nodecpumap'],
    load: async () => (await import('./commands/pins.ts')).cpuMapCommands,
  },
  {
    topic: 'domain',
    names: ['blockresize', 'blockjob'],
    load: async () => (await import('./commands/block.ts')).blockCommands,
  },
  {
    topic: 'domain',
    names: ['blockpull', 'blockcommit', 'blockcopy'],
    load: async () => (await import('./commands/block-jobs.ts')).blockJobCommands,
  },
  {
    topic: 'domain',
    names: ['domhostname', 'domtime', 'domfsinfo', 'guestinfo', 'domifaddr'],
    load: async () => (await import('./commands/guest.ts')).guestCommands,
  },
  {
    topic: 'domain',
    names: [
      'guestvcpus',
      'domfsfreeze',
      'domfsthaw',
      'domfstrim',
      'set-user-password',
      'get-user-sshkeys',
      'set-user-sshkeys',
      'guest-exec',
    ],
    load: async () => (await import('./commands/agent.ts')).agentCommands,
  },
  {
    topic: 'domain',
    names: ['qemu-monitor-command', 'qemu-agent-command'],
    load: async () => (await import('./commands/qemu.ts')).qemuCommands,
  },
  { topic: 'domain', names: ['install'], load: async () => [(await import('./commands/install.ts')).installCommand] },
  {
    topic: 'domain',
    names: ['domxml-to-native'],
    load: async () => [(await import('./commands/native.ts')).nativeCommand],
  },
  {
    topic: 'domain',
    names: ['console', 'screenshot', 'vncdisplay', 'domdisplay', 'ttyconsole'],
    load: async () => (await import('./commands/console.ts')).consoleCommands,
  },
  { topic: 'events', names: ['event'], load: async () => [(await import('./commands/event.ts')).eventCommand] },
  {
    topic: 'domain',
    names: ['qemu-monitor-event'],
    load: async () => [(await import('./commands/monitor-event.ts')).monitorEventCommand],
  },
  {
    topic: 'host',
    names: ['capabilities', 'domcapabilities', 'sysinfo', 'cpu-models', 'hypervisor-cpu-models'],
    load: async () => (await import('./commands/capabilities.ts')).capabilitiesCommands,
  },
  {
    topic: 'host',
    names: ['nodeinfo', 'hostname', 'uri', 'nodememstats', 'nodecpustats', 'maxvcpus'],
    load: async () => (await import('./commands/node.ts')).nodeCommands,
  },
  {
    topic: 'host',
    names: ['freecell', 'freepages'],
    load: async () => (await import('./commands/free-memory.ts')).freeMemoryCommands,
  },
  {
    topic: 'host',
    names: ['doctor', 'version', 'engine-info', 'engine'],
    load: async () => (await import('./commands/host.ts')).hostCommands,
  },
  {
    topic: 'vivarium',
    names: ['cd', 'pwd', 'echo', 'quit', 'exit', 'connect', 'shell'],
    load: async () => (await import('./commands/builtin.ts')).builtinCommands,
  },
  { topic: 'vivarium', names: ['help'], load: async () => [(await import('./commands/help.ts')).helpCommand] },
  {
    topic: 'vivarium',
    names: ['completion', 'complete'],
    load: async () => (await import('./commands/completion.ts')).completionCommands,
  },
];

/** The command of this name, or undefined. */
export async function findCommand(name: string): Promise<CommandSpec | undefined> {
  const family = FAMILIES.find(({ names }) => names.includes(name));
  return (await family?.load())?.find((spec) => nameOf(spec) === name);
}

export const loadTopics = (): Promise<readonly Topic[]> =>
  Promise.all(
    Object.entries(TOPICS).map(async ([keyword, title]) => {
      const families = FAMILIES.filter(({ topic }) => topic === keyword);
      return { keyword, title, specs: (await Promise.all(families.map(({ load }) => load()))).flat() };
    }),
  );

export const catalog: Catalog = {
  names: FAMILIES.flatMap(({ names }) => names),
  find: findCommand,
  topics: loadTopics,
};
