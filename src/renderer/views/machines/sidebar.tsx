// The left side: filter, list, what could not be read, and the way to a new machine.
import { ArrowUpDown, FileWarning, Plus, Stethoscope } from 'lucide-react';
import { type ReactNode, useDeferredValue, useMemo } from 'react';
import { Input, SearchField } from 'react-aria-components';
import { useApp, useMachines, useSettings, useStats, useUi } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { plural } from '../../format/quantity.ts';
import icon from '../../icon.svg';
import { formatRoute } from '../../routes.ts';
import { SORT_KEYS, type SortKey } from '../../store/settings.ts';
import { cpuRank } from '../../store/stats.ts';
import { MachineList } from './machine-list.tsx';
import { filterMachines, sortMachines } from './machine-order.ts';
import './machines.css';

export interface SidebarProps {
  readonly current: string | undefined;
  readonly onShow: (uuid: string) => void;
  readonly onOpen: (uuid: string) => void;
}

const SORT_LABELS: Readonly<Record<SortKey, string>> = { name: 'By name', state: 'By state', cpu: 'By CPU use' };

function useShownMachines() {
  const domains = useMachines((state) => state.domains);
  const filter = useDeferredValue(useUi((state) => state.filter));
  const sort = useSettings((state) => state.sort);
  // only a list sorted by CPU has to follow every sample
  const series = useStats((state) => (sort === 'cpu' ? state.series : undefined));
  return useMemo(
    () => sortMachines(filterMachines(domains.values(), filter), sort, (uuid) => cpuRank(series?.get(uuid))),
    [domains, filter, sort, series],
  );
}

function SidebarTop(): ReactNode {
  const { stores } = useApp();
  const filter = useUi((state) => state.filter);
  const sort = useSettings((state) => state.sort);
  return (
    <div className="sidebar-top">
      <div className="sidebar-title">
        <h1>
          <a href={formatRoute({ kind: 'home' })} aria-label="Vivarium: all machines" title="All machines">
            <img src={icon} alt="" width={20} height={20} />
            <span className="sidebar-brand">Vivarium</span>
          </a>
        </h1>
        <Button
          label="New machine"
          icon={Plus}
          variant="primary"
          hint="Ctrl+N"
          onPress={() => stores.ui.setState({ dialog: { kind: 'create' } })}
        />
      </div>
      <div className="sidebar-filter">
        <SearchField
          aria-label="Filter machines"
          value={filter}
          onChange={(text) => stores.ui.setState({ filter: text })}
        >
          <Input className="input" placeholder="Filter" />
        </SearchField>
        <MenuButton
          icon={ArrowUpDown}
          label="Sort"
          iconOnly
          variant="quiet"
          rows={SORT_KEYS.map((key) => ({
            kind: 'item' as const,
            id: key,
            label: SORT_LABELS[key],
            isChecked: key === sort,
            onAction: () => stores.settings.setState({ sort: key }),
          }))}
        />
      </div>
    </div>
  );
}

function BrokenFiles(): ReactNode {
  const broken = useMachines((state) => state.broken);
  if (broken.length === 0) return null;
  return (
    <section className="broken-files" aria-label="Definitions that can not be read">
      <h2>{plural(broken.length, 'definition')} not readable</h2>
      <ul>
        {broken.map((file) => (
          <li key={file.path} title={`${file.path}\n${file.message}`}>
            <FileWarning size={14} aria-hidden />
            <div>
              <div className="truncate">{file.name}</div>
              <div className="broken-message">{file.message}</div>
              <div className="broken-path truncate mono">{file.path}</div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SidebarBody({ current, onShow, onOpen }: SidebarProps): ReactNode {
  const { stores } = useApp();
  const machines = useShownMachines();
  const status = useMachines((state) => state.status);
  const total = useMachines((state) => state.domains.size);
  const selection = useUi((state) => state.selection);
  if (status === 'loading')
    return (
      <div className="list-note" role="status">
        Reading the list…
      </div>
    );
  if (total === 0) return <div className="list-note">No machines yet</div>;
  if (machines.length === 0)
    return (
      <div className="list-note">
        <p>No machine matches the filter.</p>
        <Button label="Clear filter" small onPress={() => stores.ui.setState({ filter: '' })} />
      </div>
    );
  return (
    <MachineList
      machines={machines}
      current={current}
      selection={selection}
      onShow={onShow}
      onOpen={onOpen}
      onSelect={(uuids) => stores.ui.setState({ selection: uuids })}
    />
  );
}

export function Sidebar(props: SidebarProps): ReactNode {
  const total = useMachines((state) => state.domains.size);
  return (
    <nav className="sidebar" aria-label="Virtual machines">
      <SidebarTop />
      <SidebarBody {...props} />
      <BrokenFiles />
      <div className="sidebar-foot">
        <span>{total === 0 ? '' : plural(total, 'machine')}</span>
        <a className="sidebar-link" href={formatRoute({ kind: 'doctor' })}>
          <Stethoscope size={14} aria-hidden />
          Doctor
        </a>
      </div>
    </nav>
  );
}
