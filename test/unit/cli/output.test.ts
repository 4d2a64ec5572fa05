import { describe, expect, it } from 'vitest';
import { selectDomains } from '../../../src/cli/commands/list.ts';
import { formatArgv } from '../../../src/cli/commands/native.ts';
import { createOutput, formatError, formatFields, formatTable } from '../../../src/cli/output.ts';
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
    ]);
    expect(formatTable(['Id', 'Name', 'State'], [])).toEqual([' Id   Name   State', '--------------------']);
  });

  it('is virsh’s key: value form, values from column 16', () => {
    expect(
      formatFields([
        ['Id', '1'],
        ['Security model', 'none'],
      ]),
    ).toEqual(['Id:             1', 'Security model: none']);
  });

  it('without its head is its rows alone, as narrow as they are', () => {
    expect(formatTable(['Id', 'Name', 'State'], [['-', 'web', 'shut off']], false)).toEqual([' -   web   shut off']);
  });

  it('tells an error in two lines: what was not done, and why; QEMU’s words indented below; and as JSON', () => {
    const error = { code: 'OPERATION_FAILED', message: 'it broke', detail: 'a\nb' } as const;
    expect(formatError(error, { isJson: false })).toBe('error: it broke\n  a\n  b\n');
    expect(formatError(error, { isJson: false, what: "Failed to start domain 'web'" })).toBe(
      "error: Failed to start domain 'web'\nerror: it broke\n  a\n  b\n",
    );
    expect(JSON.parse(formatError(error, { isJson: true, what: 'Failed' }))).toEqual({ error });
  });

  it('tells a domain that is not there as virsh does, whatever was to be done with it', () => {
    const error = { code: 'NO_DOMAIN', message: "failed to get domain 'nope': no domain has this name" } as const;
    expect(formatError(error, { isJson: false, what: "Failed to start domain 'nope'" })).toBe(
      "error: failed to get domain 'nope'\nerror: no domain has this name\n",
    );
  });

  it('leaves out under --quiet what is for people only, and under --json all but the value', () => {
    const said = (isQuiet: boolean, isJson: boolean): string => {
      const written: string[] = [];
      const out = createOutput({ isJson, isQuiet, write: (text) => void written.push(text) });
      out.done({ name: 'web' }, 'started');
      out.result(['web'], ['web']);
      out.table([], ['Id'], [['1']]);
      return written.join('');
    };
    expect(said(false, false)).toBe('started\nweb\n Id\n-----\n 1\n');
    expect(said(true, false)).toBe('web\n 1\n');
    expect(said(true, true)).toBe('{\n  "name": "web"\n}\n[\n  "web"\n]\n[]\n');
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
    domain('z-off', { hasManagedSave: true }),
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
    [{ all: true, noAutostart: true }, 'first second z-off'],
    [{ all: true, inactive: true }, 'first second a-off z-off'],
    [{ all: true, withManagedSave: true }, 'z-off'],
    [{ all: true, withoutManagedSave: true }, 'first second a-off'],
    [{ all: true, withManagedSave: true, withoutManagedSave: true }, 'first second a-off z-off'],
    [{ all: true, stateOther: true }, ''],
    [{ stateRunning: true, statePaused: true, transient: true }, 'first'],
    [{ all: true, withSnapshot: true }, ''],
    [{ stateRunning: true }, 'second'],
    [{ statePaused: true }, 'first'],
    [{ stateShutoff: true }, 'a-off z-off'],
  ])('%o gives "%s"', (options, expected) => {
    expect(names(options as Record<string, boolean>)).toBe(expected);
  });
});
