import { describe, expect, it } from 'vitest';
import { selectDomains } from '../../../src/cli/commands/monitor.ts';
import { formatArgv } from '../../../src/cli/commands/native.ts';
import { formatError, formatFields, formatTable } from '../../../src/cli/output.ts';
import type { DomainSummary } from '../../../src/common/model/domain.ts';

describe('the command line’s output', () => {
  it('is virsh’s table, as wide as its widest cells', () => {
    expect(
      formatTable(
        ['Id', 'Name', 'State'],
        [
          ['1', 'debian11', 'running'],
          ['-', 'web', 'shut off'],
        ],
      ),
    ).toEqual([
      ' Id   Name       State',
      '---------------------------',
      ' 1    debian11   running',
      ' -    web        shut off',
      '',
    ]);
    expect(formatTable(['Id', 'Name', 'State'], [])).toEqual([' Id   Name   State', '--------------------', '']);
  });

  it('is virsh’s key: value form, values from column 16', () => {
    expect(
      formatFields([
        ['Id', '1'],
        ['Security model', 'none'],
      ]),
    ).toEqual(['Id:             1', 'Security model: none', '']);
  });

  it('tells an error in one line, with QEMU’s words indented below, and as JSON', () => {
    const error = { code: 'OPERATION_FAILED', message: 'it broke', detail: 'a\nb' } as const;
    expect(formatError(error, false)).toBe('error: it broke\n  a\n  b\n');
    expect(JSON.parse(formatError(error, true))).toEqual({ error });
  });

  it('prints a command line that a shell reads back as it was', () => {
    expect(formatArgv(['/usr/bin/qemu', '-name', "it's", '-S', '-device', '{"driver":"x"}'])).toBe(
      "/usr/bin/qemu \\\n-name 'it'\\''s' \\\n-S \\\n-device '{\"driver\":\"x\"}'",
    );
  });
});

describe('the choice of domains to list', () => {
  const domain = (name: string, init: Partial<DomainSummary>): DomainSummary => ({
    name,
    uuid: name,
    state: 'shutoff',
    reason: 'unknown',
    isActive: false,
    isPersistent: true,
    isAutostart: false,
    hasNewDefinition: false,
    memoryKiB: 1,
    vcpus: 1,
    graphics: [],
    serials: 0,
    ...init,
  });
  const all = [
    domain('z-off', {}),
    domain('a-off', { isAutostart: true }),
    domain('second', { isActive: true, state: 'running', id: 2 }),
    domain('first', { isActive: true, state: 'paused', id: 1, isPersistent: false }),
  ];
  const names = (options: Record<string, boolean>): string =>
    selectDomains(all, options)
      .map(({ name }) => name)
      .join(' ');

  it.each([
    [{}, 'first second'],
    [{ all: true }, 'first second a-off z-off'],
    [{ inactive: true }, 'a-off z-off'],
    [{ all: true, persistent: true }, 'second a-off z-off'],
    [{ transient: true }, 'first'],
    [{ all: true, autostart: true }, 'a-off'],
    [{ stateRunning: true }, 'second'],
    [{ statePaused: true }, 'first'],
    [{ stateShutoff: true }, 'a-off z-off'],
  ])('%o gives "%s"', (options, expected) => {
    expect(names(options as Record<string, boolean>)).toBe(expected);
  });
});
