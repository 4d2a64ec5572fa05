import { describe, expect, it } from 'vitest';
import { decideAdd, type ExistingDomain } from '../../../../src/engine/conf/decide-add.ts';

const U1 = '11111111-1111-1111-1111-111111111111';
const U2 = '22222222-2222-2222-2222-222222222222';

const domain = (init: Partial<ExistingDomain>): ExistingDomain => ({
  uuid: U1,
  name: 'web',
  isActive: false,
  isPersistent: true,
  isRemoving: false,
  ...init,
});
const lookup = (...domains: readonly ExistingDomain[]) => ({
  byUuid: (uuid: string) => domains.find((candidate) => candidate.uuid === uuid),
  byName: (name: string) => domains.find((candidate) => candidate.name === name),
});

interface Row {
  readonly title: string;
  readonly there: readonly ExistingDomain[];
  readonly def: { readonly uuid: string; readonly name: string };
  readonly checkLive: boolean;
  readonly answer: string;
}

const web = { uuid: U1, name: 'web' };
const ROWS: readonly Row[] = [
  { title: 'a domain whose UUID and name are new is added', there: [], def: web, checkLive: true, answer: 'add' },
  { title: 'a definition whose UUID and name are new is added', there: [], def: web, checkLive: false, answer: 'add' },
  {
    title: 'a UUID that another name has is refused',
    there: [domain({})],
    def: { uuid: U1, name: 'db' },
    checkLive: true,
    answer: `DOM_EXIST domain 'web' is already defined with uuid ${U1}`,
  },
  {
    title: 'a UUID that another name has is refused for a definition too',
    there: [domain({})],
    def: { uuid: U1, name: 'db' },
    checkLive: false,
    answer: `DOM_EXIST domain 'web' is already defined with uuid ${U1}`,
  },
  {
    title: 'a name that another UUID has is refused',
    there: [domain({})],
    def: { uuid: U2, name: 'web' },
    checkLive: true,
    answer: `DOM_EXIST domain 'web' already exists with uuid ${U1}`,
  },
  {
    title: 'a name that another UUID has is refused for a definition too',
    there: [domain({})],
    def: { uuid: U2, name: 'web' },
    checkLive: false,
    answer: `DOM_EXIST domain 'web' already exists with uuid ${U1}`,
  },
  {
    title: 'a domain that is being removed blocks a start',
    there: [domain({ isRemoving: true })],
    def: web,
    checkLive: true,
    answer: "OPERATION_FAILED domain 'web' is being removed",
  },
  {
    title: 'a domain that is being removed blocks a definition',
    there: [domain({ isRemoving: true })],
    def: web,
    checkLive: false,
    answer: "OPERATION_FAILED domain 'web' is being removed",
  },
  {
    title: 'an active domain blocks a second start',
    there: [domain({ isActive: true })],
    def: web,
    checkLive: true,
    answer: "OPERATION_INVALID domain is already active as 'web'",
  },
  {
    title: 'an active transient domain blocks a second start',
    there: [domain({ isActive: true, isPersistent: false })],
    def: web,
    checkLive: true,
    answer: "OPERATION_INVALID domain is already active as 'web'",
  },
  {
    title: 'an inactive transient domain blocks a second start',
    there: [domain({ isPersistent: false })],
    def: web,
    checkLive: true,
    answer: "OPERATION_INVALID domain 'web' is already being started",
  },
  {
    title: 'an inactive persistent domain is reused for a start',
    there: [domain({})],
    def: web,
    checkLive: true,
    answer: 'reuse',
  },
  {
    title: 'an inactive persistent domain is reused for a new definition',
    there: [domain({})],
    def: web,
    checkLive: false,
    answer: 'reuse',
  },
  {
    title: 'an active domain is reused for its next definition',
    there: [domain({ isActive: true })],
    def: web,
    checkLive: false,
    answer: 'reuse',
  },
  {
    title: 'an inactive transient domain is reused for a definition',
    there: [domain({ isPersistent: false })],
    def: web,
    checkLive: false,
    answer: 'reuse',
  },
  {
    title: 'with the UUID of one domain and the name of another the UUID decides',
    there: [domain({}), domain({ uuid: U2, name: 'db' })],
    def: { uuid: U1, name: 'db' },
    checkLive: false,
    answer: `DOM_EXIST domain 'web' is already defined with uuid ${U1}`,
  },
];

describe('the rule by which a definition enters the registry', () => {
  it.each(ROWS)('$title', ({ there, def, checkLive, answer }) => {
    const decision = decideAdd(lookup(...there), def, { checkLive });
    expect(decision.kind === 'refuse' ? `${decision.error.code} ${decision.error.message}` : decision.kind).toBe(
      answer,
    );
    if (decision.kind === 'reuse') expect(decision.existing).toBe(there[0]);
  });
});
