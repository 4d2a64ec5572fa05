// What a person sets of a machine's processors and memory, and the one call that makes it so. Pure.
import type { Input } from '../../../../common/contract/procedures.ts';
import type { DomainDetails, DomainSummary, Resources } from '../../../../common/model/domain.ts';

export interface BoardForm {
  readonly vcpus: number;
  readonly maxVcpus: number;
  readonly memoryMiB: number;
  readonly maxMemoryMiB: number;
}

export type BoardErrors = Partial<Record<keyof BoardForm, string>>;

const mib = (kib: number): number => Math.round(kib / 1024);
const toForm = (resources: Resources): BoardForm => ({
  vcpus: resources.vcpus,
  maxVcpus: resources.maxVcpus,
  memoryMiB: mib(resources.memoryKiB),
  maxMemoryMiB: mib(resources.maxMemoryKiB),
});

/** In use: what runs now, where it runs. The most: what the next start gives. */
export function boardForm({ resources, storedResources }: DomainDetails): BoardForm {
  const { maxVcpus, maxMemoryMiB } = toForm(storedResources ?? resources);
  return { ...toForm(resources), maxVcpus, maxMemoryMiB };
}

/** Of a machine that is off, the most follows what is to be used: who wants more processors need not know of two numbers. */
export function editBoard(form: BoardForm, change: Partial<BoardForm>, isActive: boolean): BoardForm {
  const next = { ...form, ...change };
  if (isActive) return next;
  if (change.maxVcpus !== undefined || change.maxMemoryMiB !== undefined)
    return {
      ...next,
      vcpus: Math.min(next.vcpus, next.maxVcpus),
      memoryMiB: Math.min(next.memoryMiB, next.maxMemoryMiB),
    };
  return {
    ...next,
    maxVcpus: Math.max(next.maxVcpus, next.vcpus),
    maxMemoryMiB: Math.max(next.maxMemoryMiB, next.memoryMiB),
  };
}

/** In software no processor can go while the guest runs: QEMU would not survive it long (driver/devices/vcpus.ts). */
const fewestNow = ({ isActive, accelerator }: BoardMachine, { resources }: DomainDetails): number =>
  isActive && accelerator === 'tcg' ? resources.vcpus : 1;

export type BoardMachine = Pick<DomainSummary, 'isActive' | 'accelerator'>;

/** What can be had of processors while the machine runs, for people; undefined where it does not. */
export function vcpusHint(machine: BoardMachine, details: DomainDetails): string | undefined {
  if (!machine.isActive) return undefined;
  const [least, most] = [fewestNow(machine, details), details.resources.maxVcpus];
  if (least === 1) return `Up to ${most} while it runs`;
  return least === most ? `${most} while it runs, without KVM` : `${least} to ${most} while it runs, without KVM`;
}

export function boardErrors(form: BoardForm, details: DomainDetails, machine: BoardMachine): BoardErrors {
  const { isActive } = machine;
  const most = isActive ? toForm(details.resources) : form;
  const fewest = fewestNow(machine, details);
  const isNumber = (value: number): boolean => Number.isInteger(value) && value > 0;
  const problem = (value: number, limit: number, unit: string): string | undefined => {
    if (!isNumber(value)) return 'Give a whole number above 0.';
    return value > limit ? `At most ${limit}${unit}${isActive ? ' while it runs' : ''}.` : undefined;
  };
  const tooFew =
    form.vcpus < fewest ? `At least ${fewest} while it runs without KVM. For fewer, set “At most”.` : undefined;
  const found = {
    vcpus: problem(form.vcpus, most.maxVcpus, '') ?? tooFew,
    memoryMiB: problem(form.memoryMiB, most.maxMemoryMiB, ' MiB'),
    maxVcpus: problem(form.maxVcpus, 4096, ''),
    maxMemoryMiB: problem(form.maxMemoryMiB, Number.MAX_SAFE_INTEGER, ''),
  };
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined));
}

type SetResources = Input<'domain.setResources'>;

/** The call for what differs; undefined where nothing does. */
export function boardChange(machine: DomainSummary, details: DomainDetails, form: BoardForm): SetResources | undefined {
  const before = boardForm(details);
  const differs = (key: keyof BoardForm): boolean => form[key] !== before[key];
  const inUse = {
    ...(differs('vcpus') ? { vcpus: form.vcpus } : {}),
    ...(differs('memoryMiB') ? { memoryKiB: form.memoryMiB * 1024 } : {}),
  };
  const most = machine.isPersistent
    ? {
        ...(differs('maxVcpus') ? { maxVcpus: form.maxVcpus } : {}),
        ...(differs('maxMemoryMiB') ? { maxMemoryKiB: form.maxMemoryMiB * 1024 } : {}),
      }
    : {};
  const changes = { ...inUse, ...most };
  if (Object.keys(changes).length === 0) return undefined;
  const live = machine.isActive && Object.keys(inUse).length > 0;
  return { domain: machine.uuid, ...changes, live, config: machine.isPersistent };
}
