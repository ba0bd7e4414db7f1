import { basename, join } from 'node:path';
import { DEMO_NETUID, type DEMO_MINERS } from './settings.js';

/** Where the demo's processes find each other. */
export interface Place {
  directory: string;
  chainUrl: string;
  hubUrl: string;
  wallets: string;
}

/** `healthtensor localnet ...`: quick blocks and short epochs, so that weights are on the chain within a minute. */
export function netArguments(directory: string, endow: readonly string[], commitReveal: boolean): string[] {
  // Between a commit and its reveal there has to be room for the beacon's rounds, which are whole seconds.
  const tempo = commitReveal ? '24' : '10';
  return [
    'localnet',
    ...['--directory', join(directory, 'net')],
    ...['--chain_port', '0', '--hub_port', '0'],
    ...['--block_seconds', '0.5', '--tempo', tempo, '--weights_rate_limit', '2'],
    ...['--commit_reveal', commitReveal ? 'True' : 'False'],
    ...['--netuid', String(DEMO_NETUID)],
    ...['--endow', endow.join(',')],
  ];
}

/** `healthtensor miner ...`: one thread, because three miners share the machine. */
export function minerArguments(miner: (typeof DEMO_MINERS)[number], place: Place, dataset: string): string[] {
  return [
    'miner',
    ...common(miner.name, place, dataset),
    ...[
      '--model_type',
      miner.modelType,
      '--image_size',
      String(miner.imageSize),
      '--seed',
      String(miner.seed),
    ],
    // Nothing is downloaded, and no miner is done before the validator is.
    ...['--training_mode', miner.mode, '--pretrained', 'none', '--patience', '0'],
    ...['--validation_fraction', '0.2'],
    ...['--publish_interval', '15'],
  ];
}

/** `healthtensor validator ...`: ends by itself after the rounds. */
export function validatorArguments(rounds: number, place: Place, dataset: string): string[] {
  return [
    'validator',
    ...common('validator', place, dataset),
    ...['--rounds', String(rounds), '--neuron.query_time', '20', '--neuron.epoch_length', '20'],
    // The newest round alone decides, so that the weights at the end can be held against its losses.
    ...['--neuron.moving_average_alpha', '1'],
  ];
}

function common(name: string, place: Place, dataset: string): string[] {
  return [
    ...['--netuid', String(DEMO_NETUID), '--subtensor.chain_endpoint', place.chainUrl],
    ...['--wallet.path', place.wallets, '--wallet.name', name, '--wallet.hotkey', 'default'],
    ...[
      '--hub.endpoint',
      place.hubUrl,
      '--dataset.path',
      dataset,
      '--dataset.cache',
      join(place.directory, 'cache', basename(dataset)),
    ],
    ...['--device', 'cpu:1', '--state_dir', join(place.directory, 'state', name)],
    ...['--logging.logging_dir', join(place.directory, 'logs', name)],
  ];
}
