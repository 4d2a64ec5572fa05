// The path of a file that is to be written: typed or chosen, and told where one is there already.
import { FolderOpen } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextInput } from '../../components/fields.tsx';
import { useQuery } from '../use-query.ts';
import { FilePicker } from './file-picker.tsx';
import { folderOf, nameOf } from './paths.ts';

export interface Target {
  readonly path: string;
  readonly setPath: (path: string) => void;
  /** A file is there: it would be replaced. */
  readonly isTaken: boolean;
  readonly error: string | undefined;
}

/** Begins with `name` in the person's home folder. */
export function useTarget(name: string): Target {
  const [typed, setPath] = useState<string>();
  const home = useQuery('files.list', {});
  const path = typed ?? (home.kind === 'ready' ? `${home.data.path}/${name}` : '');
  const folder = folderOf(path);
  const listing = useQuery('files.list', folder === undefined ? undefined : { path: folder, showHidden: true }, {
    restMs: 250,
  });
  const found = listing.kind === 'ready' ? listing.data.entries.find((entry) => entry.path === path) : undefined;
  const problem = (): string | undefined => {
    if (folder === undefined) return 'Give a path that begins with /.';
    if (nameOf(path) === '') return 'Give the file a name.';
    if (found?.isDirectory) return 'This is a folder. Give a file name in it.';
    return listing.kind === 'failed' ? listing.error.message : undefined;
  };
  return { path, setPath, isTaken: found?.isDirectory === false, error: path === '' ? undefined : problem() };
}

export interface TargetInputProps {
  readonly target: Target;
  readonly title: string;
  readonly extensions: readonly string[];
}

export function TargetInput({ target, title, extensions }: TargetInputProps): ReactNode {
  const [isBrowsing, setBrowsing] = useState(false);
  return (
    <>
      <TextInput
        label="File"
        value={target.path}
        isMono
        error={target.error}
        hint={target.isTaken ? 'There is a file of this name. It will be replaced.' : undefined}
        onChange={target.setPath}
        action={<Button label="Browse…" icon={FolderOpen} onPress={() => setBrowsing(true)} />}
      />
      {isBrowsing && (
        <FilePicker
          title={title}
          startAt={target.path}
          extensions={extensions}
          newName={nameOf(target.path)}
          onChoose={(path) => {
            target.setPath(path);
            setBrowsing(false);
          }}
          onClose={() => setBrowsing(false)}
        />
      )}
    </>
  );
}
