import { expect, it } from 'vitest';
import { decideAdd } from '../../../../../src/engine/conf/decide-add.ts';
import { DomainList } from '../../../../../src/engine/driver/registry/domain-list.ts';

const entry = (uuid: string, name: string, macs: readonly string[]) => ({
  uuid,
  name,
  id: undefined,
  facts: { macs },
  isActive: false,
  isPersistent: true,
  isRemoving: false,
});

it('gives no MAC address that a domain has had, or that was given before', () => {
  const list = new DomainList<ReturnType<typeof entry>>(decideAdd);
  const web = entry('u', 'web', ['52:54:00:00:00:01']);
  list.add(web, { checkLive: false }, () => web);
  expect(list.claimMac('52:54:00:00:00:01')).toBe(false);
  expect(list.claimMac('52:54:00:00:00:02')).toBe(true);
  expect(list.claimMac('52:54:00:00:00:02')).toBe(false);
  list.remove(web);
  expect(list.claimMac('52:54:00:00:00:01')).toBe(false);
});
