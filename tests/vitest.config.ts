import { defineConfig } from 'vitest/config';

const suite = (name: string) => ({ test: { name, include: [`${name}/**/*.test.ts`] } });

export default defineConfig({
  test: {
    projects: ['harness', 'integration', 'model', 'faults'].map((name) => ({ extends: true as const, ...suite(name) })),
    // One process per file: a file owns its cluster and gateway, and the death of its process takes both along.
    // Two cores: two files at once, each with its own server, is as much as keeps deadlines meaningful.
    pool: 'forks',
    poolOptions: { forks: { minForks: 1, maxForks: Number(process.env['FRESHET_TEST_FILES'] ?? 2) } },
    testTimeout: Number(process.env['FRESHET_TEST_TIMEOUT_MS'] ?? 60_000),
    hookTimeout: 120_000,
  },
});
