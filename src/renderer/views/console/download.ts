// Hands a file to the person the way a page can: as a download.

const pad = (number: number): string => String(number).padStart(2, '0');

/** 'web 2026-11-24 14.05.09.png': sorts by time, and has no sign that a file system dislikes. */
export const screenshotName = (machine: string, at: Date): string => {
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${machine.replaceAll(/[/\\:]/g, '-')} ${day} ${pad(at.getHours())}.${pad(at.getMinutes())}.${pad(at.getSeconds())}.png`;
};

export function downloadBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
