// What this computer can do for machines, and one fix for each thing that is missing.
import { CircleCheck, CircleX, type LucideIcon, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBytes } from '../../../common/base/units.ts';
import type { DoctorCheck } from '../../../common/model/host.ts';
import { useHost } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatKiB, plural } from '../../format/quantity.ts';
import { useQuery } from '../use-query.ts';
import './doctor.css';

const STATUS: Readonly<
  Record<DoctorCheck['status'], { readonly icon: LucideIcon; readonly text: string; readonly tone: string }>
> = {
  ok: { icon: CircleCheck, text: 'Works', tone: 'icon-ok' },
  warning: { icon: TriangleAlert, text: 'Limited', tone: 'icon-warn' },
  missing: { icon: CircleX, text: 'Missing', tone: 'icon-bad' },
};
const ORDER: Readonly<Record<DoctorCheck['status'], number>> = { missing: 0, warning: 1, ok: 2 };

function CheckRow({ check }: { readonly check: DoctorCheck }): ReactNode {
  const { icon: Icon, text, tone } = STATUS[check.status];
  return (
    <li className="check-row">
      <Icon size={18} aria-hidden className={tone} />
      <div className="check-body">
        <div className="check-head">
          <h3>{check.title}</h3>
          <span className={`check-status ${tone}`}>{text}</span>
        </div>
        <p>{check.finding}</p>
        {check.consequence && <p className="check-consequence">{check.consequence}</p>}
        {check.fix && (
          <p>
            <b>What to do:</b> {check.fix}
          </p>
        )}
        {check.command && (
          <div className="check-command">
            <code className="mono">{check.command}</code>
            <CopyButton text={check.command} label={`Copy the command for ${check.title}`} />
          </div>
        )}
      </div>
    </li>
  );
}

function HostLine(): ReactNode {
  const host = useHost((state) => state.host);
  if (!host) return null;
  const facts = [
    host.hostName,
    host.cpuModel,
    plural(host.cpus, 'CPU'),
    formatKiB(host.memoryKiB),
    `${formatBytes(host.freeImageBytes)} free for disks`,
    host.emulatorVersion && `QEMU ${host.emulatorVersion}`,
  ];
  return <p className="field-hint">{facts.filter(Boolean).join(' · ')}</p>;
}

export function DoctorPage(): ReactNode {
  const state = useQuery('host.doctor', {});
  const isChecking = state.kind === 'loading' || (state.kind === 'ready' && state.isStale);
  const checks = state.kind === 'ready' ? state.data.checks.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]) : [];
  return (
    <section className="page-scroll doctor" aria-label="Doctor">
      <header className="doctor-head">
        <div>
          <h2 className="page-title">Doctor</h2>
          <p role="status">{isChecking ? 'Looking at this computer…' : verdict(checks)}</p>
          <HostLine />
        </div>
        <Button label="Check again" icon={RotateCw} isDisabled={isChecking} onPress={state.refresh} />
      </header>
      {state.kind === 'failed' && <Banner tone="bad" title={state.error.message} detail={state.error.detail} />}
      {checks.length > 0 && (
        <ul className="check-list" aria-busy={isChecking}>
          {checks.map((row) => (
            <CheckRow key={row.id} check={row} />
          ))}
        </ul>
      )}
    </section>
  );
}

function verdict(checks: readonly DoctorCheck[]): string {
  if (checks.length === 0) return '';
  const wrong = checks.filter((row) => row.status !== 'ok').length;
  return wrong === 0
    ? 'Everything that Vivarium can use is here.'
    : `${plural(wrong, 'thing')} could be better on this computer.`;
}
