// Lists of CPUs as libvirt and the kernel write them: 0-3,^2,8. Pure.

/** Sorted numbers, or undefined where the text is malformed. */
export function parseCpuList(text: string): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, not, first = '', last = first] = /^(\^?)(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (first === '' || Number(last) < Number(first)) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu += 1) {
      if (not) found.delete(cpu);
      else found.add(cpu);
    }
  }
  return [...found].sort((a, b) => a - b);
}

export function formatCpuList(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < cpus.length; at += 1) {
    const first = cpus[at] ?? 0;
    while (cpus[at + 1] === (cpus[at] ?? 0) + 1) at += 1;
    parts.push(cpus[at] === first ? String(first) : `${first}-${cpus[at]}`);
  }
  return parts.join(',');
}
