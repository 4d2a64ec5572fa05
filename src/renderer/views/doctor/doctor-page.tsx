// What this computer can do for machines, and one fix for each thing that is missing.
import { CircleCheck, CircleX, type LucideIcon, RotateCw, TriangleAlert } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { formatBytes } from '../../../common/base/units.ts';
import { toVirError } from '../../../common/errors.ts';
import type { DoctorCheck } from '../../../common/model/host.ts';
import { useApp, useHost } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatKiB, plural } from '../../format/quantity.ts';
import './doctor.css';

type DoctorState =
  | { readonly kind: 'checking'; readonly checks: readonly DoctorCheck[] }
  | { readonly kind: 'ready'; readonly checks: readonly DoctorCheck[] }
  | { readonly kind: 'failed'; readonly message: string };

const STATUS: Readonly<
  Record<DoctorCheck['status'], { readonly icon: LucideIcon; readonly text: string; readonly tone: string }>
> = {
  ok: { icon: CircleCheck, text: 'Works', tone: 'icon-ok' },
  warning: { icon: TriangleAlert, text: 'Limited', tone: 'icon-warn' },
  missing: { icon: CircleX, text: 'Missing', tone: 'icon-bad' },
};
const ORDER: Readonly<Record<DoctorCheck['status'], number>> = { missing: 0, warning: 1, ok: 2 };

function useDoctor() {
  const { connection } = useApp();
  const [state, setState] = useState<DoctorState>({ kind: 'checking', checks: [] });
  const check = useCallback(() => {
    setState((old) => ({ kind: 'checking', checks: old.kind === 'failed' ? [] : old.checks }));
    connection.call('host.doctor', {}).then(
      ({ checks }) => setState({ kind: 'ready', checks: checks.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]) }),
      (error: unknown) => setState({ kind: 'failed', message: toVirError(error).message }),
    );
  }, [connection]);
  useEffect(check, [check]);
  return { state, check };
}

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
  const { state, check } = useDoctor();
  const wrong = state.kind === 'failed' ? [] : state.checks.filter((row) => row.status !== 'ok');
  return (
    <section className="page-scroll doctor" aria-label="Doctor">
      <header className="doctor-head">
        <div>
          <h2 className="page-title">Doctor</h2>
          <p>
            {state.kind === 'checking' && 'Looking at this computer…'}
            {state.kind === 'ready' &&
              (wrong.length === 0
                ? 'Everything that Vivarium can use is here.'
                : `${plural(wrong.length, 'thing')} could be better on this computer.`)}
          </p>
          <HostLine />
        </div>
        <Button label="Check again" icon={RotateCw} isDisabled={state.kind === 'checking'} onPress={check} />
      </header>
      {state.kind === 'failed' ? (
        <Banner tone="bad" title={state.message} />
      ) : (
        <ul className="check-list" aria-busy={state.kind === 'checking'}>
          {state.checks.map((row) => (
            <CheckRow key={row.id} check={row} />
          ))}
        </ul>
      )}
    </section>
  );
}
