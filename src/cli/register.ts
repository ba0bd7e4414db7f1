import type { Command } from 'commander';
import type { RegistrationTerms, SubmissionResult } from '../chain/index.js';
import { HealthTensorError } from '../common/errors.js';
import { redact } from '../common/log.js';
import { addOptions, optionsOf } from './options/command.js';
import { REGISTER_OPTIONS } from './options/register.js';
import { chainEndpointsOf, logOf, walletOf } from './options/shared.js';
import { keyOpening } from './passwords.js';
import { confirm, isInteractive } from './prompt.js';
import { describe, run } from './run.js';
import { failWhenStopped } from './stopped.js';

/** Not registered, but the same command may succeed later: the price moved, a pool was full, the outcome is unknown. */
const EXIT_LATER = 2;

/** `healthtensor register` */
export function configure(command: Command): void {
  addOptions(command, REGISTER_OPTIONS)
    .addHelpText(
      'after',
      '\nExit code: 0 registered (also when it was before), 1 not registered, 2 not registered or not known, try again, 130 stopped.',
    )
    .action(() => run((signal) => register(command, signal)));
}

async function register(command: Command, signal: AbortSignal): Promise<void> {
  failWhenStopped(signal);
  const options = optionsOf(command, REGISTER_OPTIONS);
  const { netuid, yes } = options;
  const chains = await import('../chain/index.js');
  const log = logOf(options, 'register');
  const location = walletOf(options);
  const hotkey = await chains.addressOfKey(location, 'hotkey');
  const coldkey = await chains.addressOfKey(location, 'coldkey');
  const chain = await chains.connectChain({ endpoints: chainEndpointsOf(options), log, signal });
  try {
    const slippagePercent = options.slippage;
    const terms = await chains.registrationTerms(chain, { netuid, hotkey, coldkey, slippagePercent });
    const { formatTao } = chains;
    const endpoint = redact(chain.endpoint);
    const network = options.chainEndpoint === undefined ? `${options.network} (${endpoint})` : endpoint;
    print(describeTerms(terms, { network, location, formatTao }));
    if (terms.uid !== undefined) return print(`Registered already, with uid ${terms.uid}. Nothing is paid.`);
    const obstacle = chains.registrationObstacle(terms);
    if (obstacle !== undefined) throw obstacle;
    if (!yes)
      await confirmed(`Pay up to ${formatTao(terms.limitRao + (terms.feeRao ?? 0n))} to register?`, signal);
    const opening = { log, signal, ...keyOpening(signal) };
    const result = await chains.withColdkey(location, opening, (pair) =>
      chain.registerHotkey(pair, { netuid, hotkey, limitRao: terms.limitRao, signal }),
    );
    await report(result, {
      terms,
      uidNow: () => chain.uidOf(netuid, hotkey),
      paid: async (included) => chains.describeCharge(await chain.chargeIn(included, coldkey)),
      explain: chains.explainRefusal,
    });
  } finally {
    await chain.close();
  }
}

function describeTerms(
  terms: RegistrationTerms,
  o: {
    network: string;
    location: { name: string; hotkey: string };
    formatTao: (rao: bigint) => string;
  },
): string {
  const { priceRao, limitRao, feeRao } = terms;
  return [
    `network  ${o.network}`,
    `netuid   ${terms.netuid}`,
    `hotkey   ${terms.hotkey} (${o.location.name}/${o.location.hotkey})`,
    `uid      ${terms.uid ?? 'not registered'}`,
    `coldkey  ${terms.coldkey}`,
    `balance  ${o.formatTao(terms.balanceRao)}`,
    `price    ${o.formatTao(priceRao)} now, ${o.formatTao(limitRao)} at most`,
    `fee      ${feeRao === undefined ? 'the chain does not tell' : o.formatTao(feeRao)}`,
  ].join('\n');
}

async function confirmed(question: string, signal: AbortSignal): Promise<void> {
  if (!isInteractive()) {
    throw new HealthTensorError(
      'NOT_CONFIRMED',
      'Nobody can confirm the payment: standard input is no terminal',
      {
        remedy: 'Run it in a terminal, or add --yes.',
      },
    );
  }
  if (await confirm(question, signal)) return;
  throw new HealthTensorError('NOT_CONFIRMED', 'Not registered: the payment was not confirmed');
}

async function report(
  result: SubmissionResult,
  o: {
    terms: RegistrationTerms;
    uidNow: () => Promise<number | undefined>;
    paid: (included: SubmissionResult & { ok: true }) => Promise<string>;
    explain: (failure: SubmissionResult & { ok: false }, terms: RegistrationTerms) => HealthTensorError;
  },
): Promise<void> {
  if (result.ok) {
    process.exitCode = 0; // also when it was asked to stop in the last moment
    print(`Registered with uid ${(await o.uidNow()) ?? 'unknown'} in block ${result.block}.`);
    // A node that forgets old states at once cannot tell; the registration stands all the same.
    const paid = await o.paid(result).catch(() => undefined);
    if (paid !== undefined) print(paid);
    return;
  }
  const error = o.explain(result, o.terms);
  if (!result.retryable && result.kind !== 'timed-out') throw error;
  process.stderr.write(describe(error));
  process.exitCode = EXIT_LATER;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
