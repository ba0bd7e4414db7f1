import { HealthTensorError } from '../common/errors.js';
import type { Uid } from '../common/identifiers.js';
import type { Chain } from './chain.js';
import type { Charge } from './charges.js';
import type { FailedSubmission } from './submission.js';
import { formatTao } from './tao.js';

/** What a registration would cost whom, as the chain is now. */
export interface RegistrationTerms {
  readonly netuid: number;
  readonly hotkey: string;
  readonly coldkey: string;
  /** The hotkey's uid when it is registered already. */
  readonly uid: Uid | undefined;
  readonly balanceRao: bigint;
  readonly priceRao: bigint;
  /** The most that the registration itself would cost. */
  readonly limitRao: bigint;
  /** What the chain takes for the transaction besides; undefined when it does not tell. */
  readonly feeRao: bigint | undefined;
  /** Whether the subnet takes anybody at all. */
  readonly open: boolean;
}

/** @throws HealthTensorError SUBNET_MISSING; outages */
export async function registrationTerms(
  chain: Chain,
  o: { netuid: number; hotkey: string; coldkey: string; slippagePercent: number },
): Promise<RegistrationTerms> {
  const { netuid, hotkey, coldkey } = o;
  const rules = await chain.hyperparameters(netuid);
  return {
    netuid,
    hotkey,
    coldkey,
    uid: await chain.uidOf(netuid, hotkey),
    balanceRao: await chain.balance(coldkey),
    priceRao: rules.burnRao,
    limitRao: priceLimit(rules.burnRao, o.slippagePercent),
    feeRao: await chain.registrationFee({ netuid, hotkey, coldkey }),
    open: rules.registrationAllowed,
  };
}

/** A price with so many percent on top, in whole rao, rounded up. */
export function priceLimit(priceRao: bigint, percent: number): bigint {
  const scale = 1_000_000n;
  const factor = scale + BigInt(Math.round(percent * 10_000));
  return (priceRao * factor + scale - 1n) / scale;
}

/** What already says that the registration would fail; undefined when nothing does. */
export function registrationObstacle(terms: RegistrationTerms): HealthTensorError | undefined {
  if (!terms.open) return registrationError('SubNetRegistrationDisabled', terms);
  if (terms.balanceRao < terms.priceRao + (terms.feeRao ?? 0n))
    return registrationError('NotEnoughBalanceToStake', terms);
  return undefined;
}

/** What was really paid, in words: the burn, which falls with every block, and the fee. */
export function describeCharge({ totalRao, feeRao }: Charge): string {
  if (totalRao <= 0n) return 'What was paid cannot be told: more came in than went out in that block.';
  const parts = `${formatTao(totalRao - (feeRao ?? 0n))} for the registration, ${formatTao(feeRao ?? 0n)} as the fee`;
  return `Paid ${formatTao(totalRao)}${feeRao === undefined ? '' : `: ${parts}`}.`;
}

/** The chain's refusal in the user's terms, with what to do. */
export function explainRefusal(failure: FailedSubmission, terms: RegistrationTerms): HealthTensorError {
  if (failure.kind === 'timed-out') {
    return new HealthTensorError(
      'REGISTRATION_UNKNOWN',
      `It is not known whether the registration went through: ${failure.detail}`,
      {
        remedy:
          'Run the same command again: it says so when the hotkey is registered, and pays nothing then.',
      },
    );
  }
  return registrationError(failure.name, terms, failure);
}

type Explain = (terms: RegistrationTerms) => readonly [message: string, remedy: string];

const notEnough: Explain = ({ balanceRao, priceRao, feeRao, coldkey }) => [
  `The coldkey has ${formatTao(balanceRao)}; the registration costs ${formatTao(priceRao)} and a ${feeRao === undefined ? 'small fee' : `fee of ${formatTao(feeRao)}`}.`,
  `Send TAO to the coldkey ${coldkey} on this network, or wait: the price falls with every block.`,
];

const disabled: Explain = ({ netuid }) => [
  `Subnet ${netuid} takes no registrations at present: its owner has turned them off.`,
  'Wait until the owner turns them on again, and check --netuid and --subtensor.network.',
];

const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  NotEnoughBalanceToStake: notEnough,
  BalanceTooLow: notEnough,
  Payment: notEnough,
  SubNetRegistrationDisabled: disabled,
  RegistrationDisabled: disabled,
  RegistrationPriceLimitExceeded: ({ limitRao }) => [
    `The price rose over the limit of ${formatTao(limitRao)} before the registration was included. Nothing was paid for it.`,
    'Run it again to see the present price, or allow more with --slippage (percent).',
  ],
  HotKeyAlreadyRegisteredInSubNet: ({ netuid, hotkey }) => [
    `The hotkey ${hotkey} is registered on subnet ${netuid} already.`,
    'Nothing needs to be done.',
  ],
  NonAssociatedColdKey: ({ hotkey, coldkey }) => [
    `The hotkey ${hotkey} belongs to another coldkey than ${coldkey}.`,
    'Register with the coldkey that registered it first, or make a new hotkey: healthtensor wallet new-hotkey.',
  ],
  NoNeuronIdAvailable: ({ netuid }) => [
    `Subnet ${netuid} is full, and all its neurons are still protected by their immunity.`,
    'Try again when the immunity period of some has ended.',
  ],
  SubnetNotExists: ({ netuid }) => [
    `The chain has no subnet ${netuid}.`,
    'Check --netuid and --subtensor.network.',
  ],
  RegistrationNotPermittedOnRootSubnet: () => [
    'The root network (0) has a way of registering of its own.',
    'Check --netuid.',
  ],
  ColdkeyInSwapSchedule: ({ coldkey }) => [
    `The coldkey ${coldkey} is about to be swapped for another one and can sign nothing until then.`,
    'Use the new coldkey after the swap.',
  ],
};

function registrationError(
  name: string,
  terms: RegistrationTerms,
  failure?: FailedSubmission,
): HealthTensorError {
  const [message, remedy] = EXPLANATIONS[name]?.(terms) ?? [
    `The chain refused the registration: ${name}${failure === undefined ? '' : `: ${failure.detail}`}`,
    failure?.remedy ?? 'Nothing was registered. Check the network and the subnet, and try again later.',
  ];
  return new HealthTensorError(
    `REGISTRATION_${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`,
    message,
    {
      remedy,
    },
  );
}
