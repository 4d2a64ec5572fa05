// The commands of one domain: which run, which wait, and which is next. It orders by the job masks (conf/job-kinds.ts) and by age, and knows nothing of what
// commands do.
import { isAsyncJob, type JobKind, mayBegin } from '../../conf/job-kinds.ts';

export interface LaneJob {
  readonly kind: JobKind;
}

export class Lane<J extends LaneJob> {
  name: string;
  readonly #running = new Set<J>();
  readonly #waiting: J[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get running(): readonly J[] {
    return [...this.#running];
  }

  get waiting(): readonly J[] {
    return this.#waiting;
  }

  get isEmpty(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0;
  }

  get async(): J | undefined {
    return this.running.find(({ kind }) => isAsyncJob(kind));
  }

  /** The normal job that runs. A destroy is beside it: it waits for nobody, and nobody but the next one waits for it. */
  get #normal(): J | undefined {
    return this.running.find(({ kind }) => !isAsyncJob(kind) && kind !== 'destroy');
  }

  get #destroy(): J | undefined {
    return this.running.find(({ kind }) => kind === 'destroy');
  }

  add(job: J): void {
    this.#waiting.push(job);
  }

  /** Takes a waiting job out. */
  remove(job: J): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  end(job: J): void {
    this.#running.delete(job);
  }

  /** The oldest waiting job that may begin, moved to those that run. */
  begin(): J | undefined {
    const next = this.#waiting.find((job) => this.holderAgainst(job) === undefined);
    if (!next) return undefined;
    this.remove(next);
    this.#running.add(next);
    return next;
  }

  /** The running job for which `job` has to wait. */
  holderAgainst(job: J): J | undefined {
    if (job.kind === 'destroy') return this.#destroy;
    // What was given after the plug was pulled comes after it: a start must not meet the end of the run before.
    if (this.#destroy) return this.#destroy;
    const [normal, async] = [this.#normal, this.async];
    const underWay = { normal: normal?.kind as never, async: async?.kind as never };
    return mayBegin(underWay, job.kind) ? undefined : (normal ?? async);
  }
}
