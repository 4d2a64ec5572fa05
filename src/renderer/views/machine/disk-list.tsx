// The machine's disk files: how big, how full, whether one is missing.
import { Disc3, FileX2, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBytes } from '../../../common/base/units.ts';
import type { DiskFile, DomainSummary } from '../../../common/model/domain.ts';
import { useDisks } from './use-disks.ts';

function DiskSize({ disk }: { readonly disk: DiskFile }): ReactNode {
  if (disk.isMissing) return <span className="disk-missing">File is missing</span>;
  const { capacityBytes, allocationBytes } = disk;
  if (capacityBytes === undefined) return null;
  const used = allocationBytes === undefined ? undefined : Math.min(1, allocationBytes / Math.max(1, capacityBytes));
  return (
    <span className="disk-size">
      <span>
        {allocationBytes === undefined || disk.device !== 'disk'
          ? formatBytes(capacityBytes)
          : `${formatBytes(allocationBytes)} used of ${formatBytes(capacityBytes)}`}
      </span>
      {used !== undefined && disk.device === 'disk' && (
        <span className="meter" aria-hidden>
          <span style={{ width: `${used * 100}%` }} />
        </span>
      )}
    </span>
  );
}

export function DiskList({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDisks(machine.uuid);
  if (state.kind === 'loading') return null;
  if (state.kind === 'failed') return <p className="field-hint">{state.error.message}</p>;
  return (
    <section className="card" aria-label="Disks">
      <h3>Disks</h3>
      {state.data.disks.length === 0 && <p className="field-hint">This machine has no disk files.</p>}
      <ul className="disk-list">
        {state.data.disks.map((disk) => {
          const Icon = disk.isMissing ? FileX2 : disk.device === 'cdrom' ? Disc3 : HardDrive;
          return (
            <li key={`${disk.target} ${disk.path}`}>
              <Icon size={16} aria-hidden />
              <span className="disk-target">{disk.target}</span>
              <span className="disk-path mono truncate" title={disk.path}>
                {disk.path}
              </span>
              <span className="tag">{disk.format}</span>
              {disk.isReadOnly && <span className="tag">read-only</span>}
              <DiskSize disk={disk} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
