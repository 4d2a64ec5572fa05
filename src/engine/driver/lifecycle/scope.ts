// A systemd scope of the user's for each guest, where there is systemd: it has its limits and its accounts, and it is no part of the session that an engine was started
// from, so that a logout does not take it along (where lingering is on). A guest whose scope can't be made runs as a plain detached process.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainDef } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';

const TIMEOUT_MS = 5_000;

/** The user's service manager listens here (systemd, man org.freedesktop.systemd1). */
const hasUserManager = (): boolean => {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime !== undefined && existsSync(join(runtime, 'systemd/private'));
};

export const scopeName = (uuid: string, startId: string): string => `vivarium-${uuid}-${startId.slice(0, 8)}.scope`;

const MANAGER = [
  '--user',
  'call',
  'org.freedesktop.systemd1',
  '/org/freedesktop/systemd1',
  'org.freedesktop.systemd1.Manager',
] as const;

/** Properties of the scope as busctl writes them: name, then type and value of a variant. */
function propertiesOf(def: DomainDef, pids: readonly number[]): readonly (readonly string[])[] {
  const hardLimit = def.memtune?.hardLimit;
  const shares = def.cputune?.shares;
  return [
    ['Description', 's', `Vivarium guest ${def.name}`],
    ['PIDs', 'au', String(pids.length), ...pids.map(String)],
    ['Slice', 's', 'vivarium.slice'],
    ['CollectMode', 's', 'inactive-or-failed'],
    ...(hardLimit === undefined ? [] : [['MemoryMax', 't', String(hardLimit * 1024)]]),
    // libvirt's shares are cgroup 1's (1024 is the middle), systemd's weight is cgroup 2's (100 is).
    ...(shares === undefined
      ? []
      : [['CPUWeight', 't', String(Math.min(10_000, Math.max(1, Math.round((shares * 100) / 1024))))]]),
  ];
}

/** The call that moves `pids` into a scope of their own (org.freedesktop.systemd1.Manager.StartTransientUnit, 'ssa(sv)a(sa(sv))'). */
export function scopeCall(name: string, def: DomainDef, pids: readonly number[]): readonly string[] {
  const properties = propertiesOf(def, pids);
  return [
    ...MANAGER,
    'StartTransientUnit',
    'ssa(sv)a(sa(sv))',
    name,
    'fail',
    String(properties.length),
    ...properties.flat(),
    '0',
  ];
}

/** Puts the guest's processes into a scope: QEMU, and its companions, which count as the guest's. Nobody waits for it: a guest is not kept from starting by its accounts. */
export function enterScope(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  const pid = live.process?.identity.pid;
  if (pid === undefined || !hasUserManager()) return;
  const name = scopeName(obj.uuid, live.startId);
  const pids = [pid, ...live.companions.map(({ identity }) => identity.pid)];
  execFile('busctl', [...scopeCall(name, live.def, pids)], { timeout: TIMEOUT_MS }, (error) => {
    if (error) context.log.warn({ domain: obj.name, error: error.message }, 'the guest has no systemd scope');
    else context.log.info({ domain: obj.name, scope: name }, 'the guest has a systemd scope');
  });
}

/** The call that moves a process into a scope that is there (AttachProcessesToUnit, 'ssau'; systemd 238). */
export const joinCall = (name: string, pid: number): readonly string[] => [
  ...MANAGER,
  'AttachProcessesToUnit',
  'ssau',
  name,
  '/',
  '1',
  String(pid),
];

/** Puts a process that came later into the scope that the guest has. */
export function joinScope(context: DriverContext, obj: DomainObj, live: LiveDomain, pid: number): void {
  if (!hasUserManager()) return;
  execFile('busctl', [...joinCall(scopeName(obj.uuid, live.startId), pid)], { timeout: TIMEOUT_MS }, (error) => {
    if (error) context.log.warn({ domain: obj.name, pid, error: error.message }, 'a process is in no systemd scope');
  });
}
