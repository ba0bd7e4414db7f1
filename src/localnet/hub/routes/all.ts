import type { Routes } from '../http/router.js';
import type { HubContext } from '../hub-context.js';
import { accountRoutes } from './account.js';
import { commitRoutes } from './commit.js';
import { fileRoutes } from './files.js';
import { historyRoutes } from './history.js';
import { infoRoutes } from './info.js';
import { repoRoutes } from './repos.js';
import { treeRoutes } from './tree.js';
import { uploadRoutes } from './upload.js';

/** Every route of the hub. No two patterns fit one URL but those under `/datasets`, a name no owner may have. */
export function allRoutes(context: HubContext): Routes {
  return {
    ...accountRoutes(context),
    ...repoRoutes(context),
    ...infoRoutes(context),
    ...treeRoutes(context),
    ...historyRoutes(context),
    ...uploadRoutes(context),
    ...commitRoutes(context),
    ...fileRoutes(context),
  };
}
