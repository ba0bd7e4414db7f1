import { createHash } from 'node:crypto';
import { parseCard } from '../card.js';
import { readJson } from '../http/body.js';
import { json } from '../http/reply.js';
import type { Routes } from '../http/router.js';
import { demandAccount, type HubContext } from '../hub-context.js';

/** Who am I, and is this README's header good YAML. */
export function accountRoutes(context: HubContext): Routes {
  const createdAt = context.now().toISOString();
  return {
    'GET /api/whoami-v2': (request) => {
      const { user, role, orgs } = demandAccount(request.account);
      return Promise.resolve(
        json({
          type: 'user',
          ...person(user),
          email: `${user}@users.noreply.localhost`,
          emailVerified: true,
          isPro: false,
          billingMode: 'prepaid',
          orgs: orgs.map((org) => ({ type: 'org', ...person(org), email: null, isEnterprise: false })),
          auth: { type: 'access_token', accessToken: { displayName: 'local', role, createdAt } },
        }),
      );
    },
    'POST /api/validate-yaml': async (request) => {
      const body = await readJson(request.message);
      const card = parseCard(body.string('content'));
      const errors = 'problem' in card ? [{ message: card.problem }] : [];
      return json({ errors, warnings: [] }, {}, errors.length === 0 ? 200 : 400);
    },
  };
}

function person(name: string): Record<string, unknown> {
  return {
    id: createHash('sha256').update(name).digest('hex').slice(0, 24),
    name,
    fullname: name,
    canPay: false,
    periodEnd: null,
    avatarUrl: '',
  };
}
