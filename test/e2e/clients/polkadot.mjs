// An unmodified @polkadot/api against the chain whose URL is the argument: reads, signs, waits for finality.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const api = await ApiPromise.create({ provider: new WsProvider(process.argv[2]), noInitWarn: true });
try {
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const alice = keyring.addFromUri('//Alice');
  const hotkey = keyring.addFromUri('//Alice//hotkey');

  /** @param {import('@polkadot/api/types').SubmittableExtrinsic<'promise'>} call @param {import('@polkadot/keyring/types').KeyringPair} signer */
  const send = (call, signer) =>
    new Promise((resolve, reject) => {
      call
        .signAndSend(signer, { nonce: -1 }, ({ status, dispatchError, events }) => {
          if (!status.isFinalized) return;
          const error = dispatchError?.isModule
            ? api.registry.findMetaError(dispatchError.asModule).name
            : undefined;
          resolve({ error, events: events.map(({ event }) => `${event.section}.${event.method}`) });
        })
        .catch(reject);
    });

  const registered = await send(api.tx.subtensorModule.burnedRegister(31, hotkey.address), alice);
  const again = await send(api.tx.subtensorModule.burnedRegister(31, hotkey.address), alice);
  const text = `0x${Buffer.from('hello chain').toString('hex')}`;
  const committed = await send(api.tx.commitments.setCommitment(31, { fields: [{ Raw11: text }] }), hotkey);
  const uid = (await api.query.subtensorModule.uids(31, hotkey.address)).toJSON();
  const commitment = (await api.query.commitments.commitmentOf(31, hotkey.address)).toHuman();
  const neurons = await api.call.neuronInfoRuntimeApi.getNeuronsLite(31);
  const { nonce } = await api.query.system.account(hotkey.address);
  console.log(
    JSON.stringify({
      registered,
      again,
      committed,
      uid,
      commitment,
      neurons: neurons.length,
      nonce: nonce.toNumber(),
    }),
  );
} finally {
  await api.disconnect();
}
