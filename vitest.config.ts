// Two projects: `unit` mirrors src/ and needs nothing but Node; `integration` runs real QEMU (TCG) and is serial, because guests share two cores.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // A limit for what hangs, not for what is slow: properties take seconds where the machine is busy.
        test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], pool: 'threads', testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
