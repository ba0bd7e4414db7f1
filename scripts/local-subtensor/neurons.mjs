import { toRao } from './chain.mjs';

/** Sends TAO of //Alice to a wallet's coldkey. */
export async function fund({ api, send, key }, wallet, tao) {
  await send(api.tx.balances.transferKeepAlive(wallet.coldkeyAddress, toRao(tao)), key('//Alice'));
}

/** Registers a wallet's hotkey, unless it is already; returns its uid. */
export async function register({ api, send, key }, wallet, netuid) {
  const { uids, burn } = api.query.subtensorModule;
  const { registerLimit, burnedRegister } = api.tx.subtensorModule;
  const hotkey = wallet.hotkeyAddress;
  if ((await uids(netuid, hotkey)).isNone) {
    // The price falls with each block and jumps with each registration: twice the present one is the most to pay.
    const most = (await burn(netuid)).toBigInt() * 2n;
    const call = registerLimit?.(netuid, hotkey, most) ?? burnedRegister(netuid, hotkey);
    await send(call, key(wallet.secretPhrase()));
  }
  return (await uids(netuid, hotkey)).toString();
}

/** Stakes a coldkey's TAO on its hotkey. */
export async function stake({ api, send, key }, wallet, netuid, tao) {
  await send(
    api.tx.subtensorModule.addStake(wallet.hotkeyAddress, netuid, toRao(tao)),
    key(wallet.secretPhrase()),
  );
}
