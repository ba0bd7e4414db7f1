/** 1 TAO is 1e9 rao. */
const RAO = 1_000_000_000n;

/** An amount for people: `τ0.5`, exact. */
export function formatTao(rao: bigint): string {
  const decimals = (rao % RAO).toString().padStart(9, '0').replace(/0+$/, '');
  return `τ${rao / RAO}${decimals === '' ? '' : `.${decimals}`}`;
}
