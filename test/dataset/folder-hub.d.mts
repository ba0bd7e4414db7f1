import type { DownloadOptions } from '../../src/dataset/index.js';

export function folderHub(folder: string, head: string): DownloadOptions['hub'];
