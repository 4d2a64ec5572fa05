// Which domain events may follow which: libvirt's life cycle as an automaton over what clients hear. Each violation is one sentence. As in libvirt, a start is told
// behind QEMU's own resume, a pause that is a part of it behind the start, and a shut-down at the host's wish before the end, of a domain that still runs.
import type { DomainEvent } from '../../src/common/model/event.ts';

type Life = 'off' | 'running' | 'paused' | 'shutdown' | 'crashed' | 'pmsuspended';

const ACTIVE: readonly Life[] = ['running', 'paused', 'shutdown', 'crashed', 'pmsuspended'];

/** For each lifecycle event: in which lives it may come. What life follows, the event's summary says. */
const MAY_COME: Readonly<Record<string, readonly Life[]>> = {
  Started: ['off', 'pmsuspended'],
  Suspended: ['running'],
  Resumed: ['off', 'paused', 'crashed', 'shutdown', 'pmsuspended'],
  PMSuspended: ['running'],
  Crashed: ['running', 'paused'],
  Shutdown: ['running', 'paused', 'crashed', 'pmsuspended'],
  Stopped: [...ACTIVE, 'off'],
  Defined: [...ACTIVE, 'off'],
  Undefined: [...ACTIVE, 'off'],
};

const FOLLOWS: Readonly<Record<string, readonly Life[]>> = {
  Started: ['running', 'paused'],
  Suspended: ['paused'],
  Resumed: ['running'],
  PMSuspended: ['pmsuspended'],
  Crashed: ['crashed'],
  Shutdown: ['shutdown'],
  Stopped: ['off'],
};

const lifeOf = ({ summary }: DomainEvent): Life =>
  summary === undefined || summary.state === 'shutoff' ? 'off' : summary.state;

export class LegalEvents {
  readonly violations: string[] = [];
  readonly #lives = new Map<string, Life>();
  /** The lifecycle event before, by domain. */
  readonly #before = new Map<string, string>();
  #last: number | undefined;

  hear(event: DomainEvent): void {
    if (this.#last !== undefined && event.sequence !== this.#last + 1)
      this.violations.push(`event ${event.sequence} came after ${this.#last}`);
    this.#last = event.sequence;
    const before = this.#lives.get(event.uuid) ?? 'off';
    const after = lifeOf(event);
    const name = event.kind === 'lifecycle' ? (event.event ?? '') : '';
    const text = `${event.kind} ${name} ${event.detail ?? ''} of '${event.name}'`;
    const isEcho = this.#isEcho(event, name, before, after);
    if (name !== '' && !isEcho && !MAY_COME[name]?.includes(before))
      this.violations.push(`${text} came while it was ${before}`);
    if (FOLLOWS[name] && !isEcho && !FOLLOWS[name]?.includes(after))
      this.violations.push(`after ${text} it was ${after}`);
    if (!(name in FOLLOWS) && after !== before) this.violations.push(`${text} made it ${after}, and it was ${before}`);
    if (this.#before.get(event.uuid) === 'Resumed from off' && name !== 'Started')
      this.violations.push(`${text} came between a start's own resume and its start`);
    this.#lives.set(event.uuid, after);
    if (name !== '') this.#before.set(event.uuid, name === 'Resumed' && before === 'off' ? 'Resumed from off' : name);
  }

  /** One that libvirt tells beside another of the same change: nothing changes with it. */
  #isEcho({ uuid, detail }: DomainEvent, name: string, before: Life, after: Life): boolean {
    if (before !== after) return false;
    const last = this.#before.get(uuid);
    if (name === 'Started') return last === 'Resumed from off';
    if (name === 'Suspended') return last === 'Started';
    return name === 'Shutdown' && detail === 'Finished after host request';
  }

  /** What the events made of a domain. */
  lifeOf(uuid: string): Life {
    return this.#lives.get(uuid) ?? 'off';
  }
}
