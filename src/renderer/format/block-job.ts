// Jobs on the images of a machine's disks in words: what goes on, how far it is, and what can be decided once a copy or a merge is in step with the disk. Pure.
import { formatBytes } from '../../common/base/units.ts';
import type { BlockJobSummary, BlockJobType } from '../../common/model/block-job.ts';
import type { DomainEvent } from '../../common/model/event.ts';
import type { BlockJobFigures } from '../store/block-jobs.ts';
import { formatDuration, formatPercent } from './quantity.ts';

type Job = Pick<BlockJobSummary, 'type' | 'target'>;

/** 'Copying vda' */
export function blockJobText({ type, target }: Job): string {
  switch (type) {
    case 'copy':
      return `Copying ${target}`;
    case 'pull':
      return `Merging the images below ${target} into it`;
    case 'commit':
      return `Merging layers of ${target} into the image below`;
    case 'active-commit':
      return `Merging ${target} into the image below`;
  }
}

/** '12 % · 2.3 GiB left at 120 MiB/s · about 20 s' */
export function blockJobFigures({ fraction, leftBytes, bytesPerSecond, leftMs }: BlockJobFigures): string {
  const rate = bytesPerSecond > 0 ? ` at ${formatBytes(Math.round(bytesPerSecond))}/s` : '';
  // what is nearly done is no round 100 %
  const percent = formatPercent(Math.min(99, Math.floor(fraction * 100)));
  const time = leftMs === undefined ? [] : [`about ${formatDuration(Math.max(1000, leftMs))}`];
  return [percent, `${formatBytes(leftBytes)} left${rate}`, ...time].join(' · ');
}

const lowerFirst = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

/** 'web: copying vda', 'web: the copy of vda is complete' */
export const machineJobText = (name: string, job: Job & { readonly isReady: boolean }): string =>
  `${name}: ${lowerFirst(job.isReady ? blockJobChoice(job).title : blockJobText(job))}`;

export interface BlockJobChoice {
  readonly title: string;
  readonly text: string;
  /** What the buttons say that end it: with the disk on the new image, and as it is. */
  readonly finish: string;
  readonly cancel: string;
}

/** A copy or a merge that is complete goes on with every write until somebody decides. */
export const blockJobChoice = ({ type, target }: Job): BlockJobChoice =>
  type === 'copy'
    ? {
        title: `The copy of ${target} is complete`,
        text: 'Until you decide, the machine writes to both. It can go on with the copy, or stay with the original: then the copy remains as the disk is at that moment.',
        finish: 'Switch to the copy',
        cancel: 'Stay with the original',
      }
    : {
        title: `Disk ${target} is merged into the image below`,
        text: 'Until you decide, the machine writes to both. Finish, and it goes on with the image below. Cancel, and it stays with the image that it has.',
        finish: 'Finish the merge',
        cancel: 'Cancel the merge',
      };

const DONE: Readonly<Record<BlockJobType, (target: string, name: string) => string>> = {
  copy: (target, name) => `${name} uses the copy of ${target} now`,
  pull: (target, name) => `The images below ${target} of ${name} are merged into it`,
  commit: (target, name) => `Layers of ${target} of ${name} are merged into the image below`,
  'active-commit': (target, name) => `${target} of ${name} is merged into the image below`,
};

export interface BlockJobNews {
  readonly tone: 'error' | 'info';
  readonly title: string;
  readonly message: string;
}

/** What is told wherever the person is; undefined of what somebody cancelled. */
export function blockJobNews({ type, target, status, error }: BlockJobEvent, name: string): BlockJobNews | undefined {
  const job = { type, target };
  switch (status) {
    case 'canceled':
      return undefined;
    case 'failed':
      return {
        tone: 'error',
        title: `${machineJobText(name, { ...job, isReady: false })} failed`,
        message: error ?? 'QEMU gave no reason',
      };
    case 'completed':
      return { tone: 'info', title: DONE[type](target, name), message: 'The machine did not stop for it.' };
    case 'ready': {
      const { finish, cancel } = blockJobChoice(job);
      return {
        tone: 'info',
        title: machineJobText(name, { ...job, isReady: true }),
        message: `Its page has the choice: ${lowerFirst(finish)}, or ${lowerFirst(cancel)}.`,
      };
    }
  }
}

type BlockJobEvent = NonNullable<DomainEvent['blockJob']>;
