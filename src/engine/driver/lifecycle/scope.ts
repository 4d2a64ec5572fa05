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

/** Properties of the scope as busctl writes them: name, then type and value of a variant. */
function propertiesOf(def: DomainDef, pid: number): readonly (readonly string[])[] {
  const hardLimit = def.memtune?.hardLimit;
  const shares = def.cputune?.shares;
  return [
    ['Description', 's', `Vivarium guest ${def.name}`],
    ['PIDs', 'au', '1', String(pid)],
    ['Slice', 's', 'vivarium.slice'],
    ['CollectMode', 's', 'inactive-or-failed'],
    ...(hardLimit === undefined ? [] : [['MemoryMax', 't', String(hardLimit * 1024)]]),
    // libvirt's shares are cgroup 1's (1024 is the middle), systemd's weight is cgroup 2's (100 is).
    ...(shares === undefined
      ? []
      : [['CPUWeight', 't', String(Math.min(10_000, Math.max(1, Math.round((shares * 100) / 1024))))]]),
  ];
}

/** The call that moves `pid` into a scope of its own (org.freedesktop.systemd1.Manager.StartTransientUnit, 'ssa(sv)a(sa(sv))'). */
export function scopeCall(name: string, def: DomainDef, pid: number): readonly string[] {
  const properties = propertiesOf(def, pid);
  return [
    '--user',
    'call',
    'org.freedesktop.systemd1',
    '/org/freedesktop/systemd1',
    'org.freedesktop.systemd1.Manager',
    'StartTransientUnit',
    'ssa(sv)a(sa(sv))',
    name,
    'fail',
    String(properties.length),
    ...properties.flat(),
    '0',
  ];
}

/** Puts the guest's process into a scope. Nobody waits for it: a guest is not kept from starting by its accounts. */
export function enterScope(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  const pid = live.process?.identity.pid;
  if (pid === undefined || !hasUserManager()) return;
  const name = scopeName(obj.uuid, live.startId);
  execFile('busctl', [...scopeCall(name, live.def, pid)], { timeout: TIMEOUT_MS }, (error) => {
    if (error) context.log.warn({ domain: obj.name, error: error.message }, 'the guest has no systemd scope');
    else context.log.info({ domain: obj.name, scope: name }, 'the guest has a systemd scope');
  });
}
