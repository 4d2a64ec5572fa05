// Runs one child process for the tools. argv arrays only, never a shell. Runs on Node 18, without dependencies.
import { spawn } from 'node:child_process';

const KEEP_BYTES = 200_000;

/**
 * Runs `file args`. With `show` its output goes to this terminal, otherwise the end of it is kept and handed back.
 * Never throws: { code, output, timedOut }; `code` is 127 where the program is missing, 128 + n after a signal.
 */
export function run(file, args, { cwd, env = process.env, show = false, stdin = 'ignore', timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const out = show ? 'inherit' : 'pipe';
    const child = spawn(file, args, { cwd, env, stdio: [stdin, out, out] });
    let output = '';
    let timedOut = false;
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEEP_BYTES);
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    const limit = timeoutMs && setTimeout(() => stop(), timeoutMs);
    const stop = () => {
      timedOut = true;
      child.kill('SIGTERM');
    };
    const end = (code) => {
      clearTimeout(limit);
      resolve({ code, output, timedOut });
    };
    child.on('error', (error) => {
      output += error.message;
      end(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('close', (code, signal) => end(code ?? (signal === null ? 1 : 130)));
  });
}

/** The last `count` lines of some output that say something. */
export const lastLines = (output, count = 8) =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
