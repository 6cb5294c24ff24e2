import { describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

describe('cluster', () => {
  test('is started with logical decoding, asked for passwords, and removed', async () => {
    const cluster = await Cluster.start({ extension: false });
    try {
      expect(await cluster.rows('admin', 'SHOW wal_level')).toEqual([['logical']]);
      expect(await cluster.psql('owner', 'SELECT current_user')).toBe('freshet_owner\n');
    } finally {
      await cluster.remove();
    }
  });

  test('holds the extension with its roles, ready for a gateway', async () => {
    const cluster = await Cluster.start();
    try {
      expect(await cluster.rows('call', 'SELECT count(*) FROM freshet.open_sessions(2)')).toEqual([['2']]);
    } finally {
      await cluster.remove();
    }
  });
});
