// Which commands there are, by topic, and where each one is: a call loads its own file and no other.
import type { CommandSpec, Topic } from './context.ts';

interface Family {
  readonly topic: keyof typeof TOPICS;
  /** What `load` brings. Told here too, so that nothing need be loaded to find a command. */
  readonly names: readonly string[];
  load(): Promise<readonly CommandSpec[]>;
}

const TOPICS = {
  monitor: 'Domain Monitoring',
  lifecycle: 'Domain Lifecycle',
  console: 'Consoles and Screens',
  host: 'Host and Engine',
} as const;

export const FAMILIES: readonly Family[] = [
  {
    topic: 'monitor',
    names: ['list', 'dominfo', 'domstate', 'dumpxml', 'domid', 'domname', 'domuuid'],
    load: async () => (await import('./commands/monitor.ts')).monitorCommands,
  },
  {
    topic: 'monitor',
    names: ['domblklist', 'domiflist'],
    load: async () => (await import('./commands/devices.ts')).deviceCommands,
  },
  { topic: 'monitor', names: ['domstats'], load: async () => [(await import('./commands/domstats.ts')).domstats] },
  { topic: 'monitor', names: ['event'], load: async () => [(await import('./commands/event.ts')).eventCommand] },
  { topic: 'monitor', names: ['wait'], load: async () => [(await import('./commands/wait.ts')).waitCommand] },
  {
    topic: 'lifecycle',
    names: [
      'define',
      'undefine',
      'create',
      'start',
      'shutdown',
      'reboot',
      'reset',
      'destroy',
      'suspend',
      'resume',
      'autostart',
      'send-key',
    ],
    load: async () => (await import('./commands/lifecycle.ts')).lifecycleCommands,
  },
  {
    topic: 'lifecycle',
    names: ['install'],
    load: async () => [(await import('./commands/install.ts')).installCommand],
  },
  {
    topic: 'lifecycle',
    names: ['domxml-to-native'],
    load: async () => [(await import('./commands/native.ts')).nativeCommand],
  },
  {
    topic: 'console',
    names: ['console', 'screenshot', 'vncdisplay', 'domdisplay', 'ttyconsole'],
    load: async () => (await import('./commands/console.ts')).consoleCommands,
  },
  {
    topic: 'host',
    names: ['doctor', 'version', 'engine-info', 'engine'],
    load: async () => (await import('./commands/host.ts')).hostCommands,
  },
  {
    topic: 'host',
    names: ['nodeinfo', 'hostname', 'uri'],
    load: async () => (await import('./commands/node.ts')).nodeCommands,
  },
  { topic: 'host', names: ['help'], load: async () => [(await import('./commands/help.ts')).helpCommand] },
  {
    topic: 'host',
    names: ['completion'],
    load: async () => [(await import('./commands/completion.ts')).completionCommand],
  },
];

/** The command of this name, or undefined. */
export async function findCommand(name: string): Promise<CommandSpec | undefined> {
  const family = FAMILIES.find(({ names }) => names.includes(name));
  const index = family?.names.indexOf(name) ?? -1;
  return (await family?.load())?.[index];
}

export const loadTopics = (): Promise<readonly Topic[]> =>
  Promise.all(
    Object.entries(TOPICS).map(async ([keyword, title]) => {
      const families = FAMILIES.filter(({ topic }) => topic === keyword);
      return { keyword, title, specs: (await Promise.all(families.map(({ load }) => load()))).flat() };
    }),
  );
