// A machine's page: who it is and what can be done on top, then console, overview, hardware, XML and log.
import { MonitorOff } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useMachines, useUi } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { effectiveTab, MACHINE_TABS, type MachineTab } from '../../routes.ts';
import { navigate } from '../app/use-route.ts';
import { SerialTab } from '../console/serial-tab.tsx';
import { ToolsContext } from '../console/tools-slot.tsx';
import { VncTab } from '../console/vnc-tab.tsx';
import { BlockJobBanners } from './block-job-banners.tsx';
import { HardwareTab } from './hardware/hardware-tab.tsx';
import { JobBanner } from './job-banner.tsx';
import { LogTab } from './log-tab.tsx';
import { MachineHeader } from './machine-header.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { ProblemBanner } from './problem-banner.tsx';
import { ShutdownNudge } from './shutdown-nudge.tsx';
import { XmlTab } from './xml-tab.tsx';
import './machine.css';

const LABELS: Readonly<Record<MachineTab, string>> = {
  console: 'Console',
  serial: 'Serial',
  overview: 'Overview',
  hardware: 'Hardware',
  xml: 'XML',
  log: 'Log',
};

const tabsOf = (machine: DomainSummary): readonly MachineTab[] =>
  MACHINE_TABS.filter(
    (tab) => (tab !== 'console' || machine.graphics.length > 0) && (tab !== 'serial' || machine.serials > 0),
  );

function TabBody({ tab, machine }: { readonly tab: MachineTab; readonly machine: DomainSummary }): ReactNode {
  switch (tab) {
    case 'console':
      return <VncTab machine={machine} />;
    case 'serial':
      return <SerialTab machine={machine} />;
    case 'overview':
      return <OverviewTab machine={machine} />;
    case 'hardware':
      return <HardwareTab machine={machine} />;
    case 'xml':
      return <XmlTab machine={machine} />;
    case 'log':
      return <LogTab machine={machine} />;
  }
}

function MachineTabs({
  machine,
  wanted,
}: {
  readonly machine: DomainSummary;
  readonly wanted: MachineTab | undefined;
}): ReactNode {
  const hasDraft = useUi((state) => state.drafts.has(machine.uuid));
  const [tools, setTools] = useState<HTMLElement | null>(null);
  const tabs = tabsOf(machine);
  const tab = effectiveTab(wanted, { graphics: machine.graphics.length > 0, serial: machine.serials > 0 });
  return (
    <Tabs
      className="machine-tabs"
      selectedKey={tab}
      onSelectionChange={(key) => {
        const chosen = tabs.find((name) => name === key);
        if (chosen) navigate({ kind: 'machine', uuid: machine.uuid, tab: chosen, isDetached: false });
      }}
    >
      <div className="tab-row">
        <TabList className="tab-list" aria-label={`Pages of ${machine.name}`}>
          {tabs.map((name) => (
            <Tab key={name} id={name} className="tab">
              {LABELS[name]}
              {name === 'xml' && hasDraft && <span className="draft-dot" title="Unsaved changes" aria-hidden />}
            </Tab>
          ))}
        </TabList>
        <div className="tab-tools" ref={setTools} />
      </div>
      <ToolsContext value={tools}>
        {tabs.map((name) => (
          <TabPanel key={name} id={name} className="tab-panel">
            <TabBody tab={name} machine={machine} />
          </TabPanel>
        ))}
      </ToolsContext>
    </Tabs>
  );
}

export interface MachinePageProps {
  readonly uuid: string;
  readonly tab: MachineTab | undefined;
}

export function MachinePage({ uuid, tab }: MachinePageProps): ReactNode {
  const machine = useMachines((state) => state.domains.get(uuid));
  const status = useMachines((state) => state.status);
  if (!machine)
    return status === 'loading' ? (
      <div aria-busy="true" />
    ) : (
      <EmptyState
        icon={MonitorOff}
        title="This machine is not here any more"
        actions={<Button label="Show all machines" onPress={() => navigate({ kind: 'home' })} />}
      >
        It was deleted, or it was a temporary machine that has ended.
      </EmptyState>
    );
  return (
    <article className="machine-page" aria-label={machine.name}>
      <MachineHeader machine={machine} />
      <JobBanner machine={machine} />
      <BlockJobBanners machine={machine} />
      <ProblemBanner machine={machine} />
      <ShutdownNudge machine={machine} />
      <MachineTabs machine={machine} wanted={tab} />
    </article>
  );
}
