import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { ALICE, BOB, withHub } from './with-hub.js';

const python = process.env.HEALTHTENSOR_TEST_PYTHON;

describe('with the official Python client', () => {
  if (python === undefined || python === '') {
    test.skip('skipped: HEALTHTENSOR_TEST_PYTHON names no python that has huggingface_hub', () => {});
    return;
  }

  test('repositories are published, read, changed and deleted', async () => {
    await inTemporaryFolder((folder) =>
      withHub(async (url) => {
        const script = join(import.meta.dirname, 'official_client.py');
        const { stdout } = await promisify(execFile)(python, [script], {
          env: {
            PATH: process.env.PATH,
            HF_HOME: folder,
            HF_ENDPOINT: url,
            HF_HUB_DISABLE_XET: '1',
            HF_HUB_DISABLE_TELEMETRY: '1',
            HF_HUB_DISABLE_PROGRESS_BARS: '1',
            HEALTHTENSOR_ALICE: ALICE,
            HEALTHTENSOR_BOB: BOB,
          },
        });
        expect(stdout).toContain('python client: all good');
      }),
    );
  });
});
