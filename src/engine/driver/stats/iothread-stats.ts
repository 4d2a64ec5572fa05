// How a domain's I/O threads poll (libvirt: qemuDomainGetStatsIOThread).
import type { DomainStats } from '../../../common/model/endpoints.ts';
import { iothreadNumbers } from '../../qemu/def/pins.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';
import { type MeasureOptions, measure } from './measure.ts';

/** In the order of their numbers; undefined where QEMU does not tell in time. One without I/O threads is not asked. */
export async function iothreadStats(live: LiveDomain, options: MeasureOptions): Promise<DomainStats['iothreads']> {
  if (iothreadNumbers(live.def).length === 0) return [];
  const told = await measure(live, (monitor, asked) => monitor.execute('query-iothreads', undefined, asked), options);
  return told
    ?.flatMap((thread) => {
      const id = /^iothread(\d+)$/.exec(thread.id)?.[1];
      if (id === undefined) return [];
      return [
        {
          id: Number(id),
          pollMaxNs: thread['poll-max-ns'],
          pollGrow: thread['poll-grow'],
          pollShrink: thread['poll-shrink'],
        },
      ];
    })
    .sort((a, b) => a.id - b.id);
}
