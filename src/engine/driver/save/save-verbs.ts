// Commands that save and restore, and what is asked of saved files and of jobs.
import { dirname } from 'node:path';
import type { Input, Output } from '../../../common/contract/procedures.ts';
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import { formatDomain, parseDomain } from '../../conf/domain.ts';
import { assertNoBlockJobs } from '../block/block-run.ts';
import type { DriverContext } from '../context.ts';
import { jobInfo } from '../jobs/jobs.ts';
import { laneOf, type OnDomain, onDomain, plain, ref, stillThere, type Verbs } from '../jobs/on-domain.ts';
import { startFromDefinition } from '../lifecycle/start-from-definition.ts';
import { readDefinition } from '../registry/define.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { dumpDomain } from './dump.ts';
import { checkSavePath, managedSavePath, saveDomain } from './save.ts';

type SavedFile = { readonly path?: string | undefined; readonly domain?: string | undefined };

/** The file that is meant: the one at `path`, or the managed save of `domain`. Throws INVALID_ARG, OPERATION_INVALID. */
function savedFileOf(context: DriverContext, { path, domain }: SavedFile): string {
  if ((path === undefined) === (domain === undefined))
    throw virError('INVALID_ARG', 'name a saved file or a domain, not both');
  if (path !== undefined) return path;
  const obj = context.list.lookup(domain ?? '');
  if (!obj.hasManagedSave) throw virError('OPERATION_INVALID', `domain '${obj.name}' does not have managed save image`);
  return managedSavePath(context, obj.name);
}

/** Two wishes that exclude each other. */
function assertOneBeginning({
  paused,
  running,
}: {
  readonly paused?: boolean | undefined;
  readonly running?: boolean | undefined;
}): void {
  if (paused && running) throw virError('INVALID_ARG', 'a guest can begin running or paused, not both');
}

/** The definition inside a saved file, with `xml` in its place where that is the same domain. */
function replacedXml(saved: string, xml: string | undefined, path: string): string {
  if (xml === undefined) return saved;
  const [before, after] = [parseDomain(saved, { file: path }).def, parseDomain(xml).def];
  if (before.name !== after.name || before.uuid !== after.uuid)
    throw virError(
      'INVALID_ARG',
      `the new definition is of '${after.name}' (${after.uuid ?? 'no uuid'}), the saved guest is '${before.name}' (${before.uuid})`,
    );
  if (before.os.type?.machine !== after.os.type?.machine)
    throw virError(
      'INVALID_ARG',
      `the machine of a saved guest can't change from ${before.os.type?.machine} to ${after.os.type?.machine}`,
    );
  return formatDomain(after);
}

async function restore(
  context: DriverContext,
  input: Input<'domain.restore'>,
  call: CallContext,
): Promise<Output<'domain.restore'>> {
  assertOneBeginning(input);
  const image = await context.host.inspectSaved(input.path);
  const read = await readDefinition(context, replacedXml(image.xml, input.xml, input.path), input.path);
  const { path, paused, running, resetNvram } = input;
  return startFromDefinition(context, 'domain.restore', read, { restoreFrom: path, paused, running, resetNvram }, call);
}

async function setSavedXml(
  context: DriverContext,
  input: Input<'domain.setSavedXml'>,
  { signal }: CallContext,
): Promise<Record<never, never>> {
  assertOneBeginning(input);
  const path = savedFileOf(context, input);
  // A start may be restoring it: its own lane keeps them apart.
  if (input.path !== undefined && dirname(path) === context.paths.saveDir)
    throw virError('INVALID_ARG', `${path} is a managed save; name its domain instead`);
  const { xml, paused, running } = input;
  const obj = input.domain === undefined ? undefined : context.list.lookup(input.domain);
  await context.queue.submit({
    procedure: 'domain.setSavedXml',
    label: `Change ${obj ? `the managed save of ${obj.name}` : path}`,
    ...(obj ? { domain: ref(obj), lane: laneOf(obj.name) } : {}),
    signal,
    run: async () => {
      const image = await context.host.inspectSaved(path);
      await context.host.rewriteSaved(path, {
        xml: replacedXml(image.xml, xml, path),
        wasRunning: running ? true : paused ? false : image.wasRunning,
      });
    },
  });
  return {};
}

async function removeManagedSave(context: DriverContext, obj: DomainObj): Promise<boolean> {
  if (!obj.hasManagedSave) return false;
  await context.host.removeFile(managedSavePath(context, obj.name));
  obj.hasManagedSave = false;
  obj.problem = undefined; // of a restore that failed
  emit(context, obj, { kind: 'updated' });
  return true;
}

export function createSaveVerbs(context: DriverContext): Verbs {
  const save: OnDomain = { procedure: 'domain.save', label: 'Save', kind: 'save', canCancel: true };
  return {
    'domain.save': plain<'domain.save'>(context, save, (obj, input, command) => {
      assertOneBeginning(input);
      assertNoBlockJobs(obj);
      return saveDomain(context, obj, { ...input, isManaged: false }, command);
    }),
    'domain.managedSave': plain<'domain.managedSave'>(
      context,
      { ...save, procedure: 'domain.managedSave' },
      (obj, input, command) => {
        assertOneBeginning(input);
        if (!obj.isPersistent)
          throw virError(
            'OPERATION_INVALID',
            `cannot do managed save for transient domain '${obj.name}'; save it to a file instead`,
          );
        assertNoBlockJobs(obj);
        const { paused, running } = input;
        return saveDomain(
          context,
          obj,
          { path: managedSavePath(context, obj.name), isManaged: true, paused, running },
          command,
        );
      },
    ),
    'domain.managedSaveRemove': async (input, call) => {
      const obj = context.list.lookup(input.domain);
      const spec: OnDomain = { procedure: 'domain.managedSaveRemove', label: 'Discard the saved state of' };
      const removed = await onDomain(context, obj, spec, call, () =>
        removeManagedSave(context, stillThere(context, obj)),
      );
      return { ...ref(obj), removed };
    },
    'domain.restore': (input, call) => restore(context, input, call),
    'domain.savedXml': async (input) => ({ xml: (await context.host.inspectSaved(savedFileOf(context, input))).xml }),
    'domain.setSavedXml': (input, call) => setSavedXml(context, input, call),
    'domain.dump': plain<'domain.dump'>(
      context,
      { procedure: 'domain.dump', label: 'Dump', kind: 'dump' },
      async (obj, input, command) => {
        await checkSavePath(context, input.path);
        await dumpDomain(context, obj, input, command);
      },
    ),
    'domain.jobInfo': async (input) => {
      const job = jobInfo(context.list.lookup(input.domain), input.completed ?? false);
      return job ? { job } : {};
    },
    'domain.jobAbort': async (input) => {
      const obj = context.list.lookup(input.domain);
      if (!obj.job) throw virError('OPERATION_INVALID', `no job is active on domain '${obj.name}'`);
      if (!context.queue.abortAsync(laneOf(obj.name)))
        throw virError('OPERATION_INVALID', `the ${obj.job.operation} of domain '${obj.name}' can't be stopped`);
      return { aborted: true };
    },
  };
}
