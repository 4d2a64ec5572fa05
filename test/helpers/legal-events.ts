// Which domain events may follow which: libvirt's life cycle as an automaton over what clients hear. Each violation is one sentence.
import type { DomainEvent } from '../../src/common/model/event.ts';

type Life = 'off' | 'running' | 'paused' | 'shutdown' | 'crashed' | 'pmsuspended';

const ACTIVE: readonly Life[] = ['running', 'paused', 'shutdown', 'crashed', 'pmsuspended'];

/** For each lifecycle event: in which lives it may come. What life follows, the event's summary says. */
const MAY_COME: Readonly<Record<string, readonly Life[]>> = {
  Started: ['off', 'pmsuspended'],
  Suspended: ['running'],
  Resumed: ['paused', 'crashed', 'shutdown', 'pmsuspended'],
  PMSuspended: ['running'],
  Crashed: ['running', 'paused'],
  Shutdown: ['running', 'paused', 'crashed'],
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
  #last: number | undefined;

  hear(event: DomainEvent): void {
    if (this.#last !== undefined && event.sequence !== this.#last + 1)
      this.violations.push(`event ${event.sequence} came after ${this.#last}`);
    this.#last = event.sequence;
    const before = this.#lives.get(event.uuid) ?? 'off';
    const after = lifeOf(event);
    const name = event.kind === 'lifecycle' ? (event.event ?? '') : '';
    const text = `${event.kind} ${name} ${event.detail ?? ''} of '${event.name}'`;
    if (name !== '' && !MAY_COME[name]?.includes(before)) this.violations.push(`${text} came while it was ${before}`);
    if (FOLLOWS[name] && !FOLLOWS[name]?.includes(after)) this.violations.push(`after ${text} it was ${after}`);
    if (!(name in FOLLOWS) && after !== before) this.violations.push(`${text} made it ${after}, and it was ${before}`);
    this.#lives.set(event.uuid, after);
  }

  /** What the events made of a domain. */
  lifeOf(uuid: string): Life {
    return this.#lives.get(uuid) ?? 'off';
  }
}
