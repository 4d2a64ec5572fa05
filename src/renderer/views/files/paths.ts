// Paths on the computer that the engine runs on; they always have slashes. Pure.

/** The folder of an absolute path; undefined of any other. */
export const folderOf = (path: string): string | undefined => {
  const at = path.lastIndexOf('/');
  return path.startsWith('/') && at >= 0 ? path.slice(0, at) || '/' : undefined;
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const pathIn = (folder: string, name: string): string => `${folder === '/' ? '' : folder}/${name}`;

/** `NAME-2026-11-29.ENDING`: what a file about a machine is called at first. */
export const datedName = (machine: string, ending: string, now: Date): string => {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${machine.replaceAll('/', '-')}-${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}.${ending}`;
};
