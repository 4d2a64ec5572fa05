// write-file-atomic ships no types; these are those of what we call, from its README.
declare module 'write-file-atomic' {
  interface Options {
    readonly mode?: number;
    readonly fsync?: boolean;
  }
  export default function writeFileAtomic(path: string, data: string, options?: Options): Promise<void>;
}
