/** A pulse of drand quicknet, as https://api.drand.sh gives it. */
export const ROUND_1000 = {
  signature:
    'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
};

/** The beacon of the secret key 77, 77, ..., and its signature of round 5. */
export const OWN_BEACON = {
  publicKey:
    'b93a76bce69ded0864771f33ec26d09dfd84dbf2cb8fc0157728206db0f27a7dcc2a28520f8f6de1684e5b0abadb3a79' +
    '07e6edeef7614e0c0a7885da5f84d68ce399bfd49f349ace94f465cc02095e38b8ef2944a399d1b22dcd34edbf0fe76b',
  signatureOfRound5:
    'a8da3cb816978bbde6b986aff061deecabc7df7eca81b8951ae22a571b43a440a5be90682fac4cedf42c784f1ddbdf6e',
};

/** "health" to that beacon's round 5; the randomness is 32 ones, 32 twos and 12 threes. */
export const OWN_CIPHERTEXT =
  '976553c40d44ecc0f1fdaf7a46d66925193a27ad7ed02c5f7547dd825c9de98ed5644190891922e01a005e3be58d4827' +
  '0f13b15371781bf6d23b1756abc6eaddf9f1769c6b3ec71d690c88f1aedc43be9c8cb8174ac669934dce9fb20959e8bf' +
  '200000000000000046cf696d078a9ae23ec0c2b118d4f4b2a7887f5d43c076d8fac9131dd952cc4b' +
  '2000000000000000338775a4f939f7997fac30013879b4ec617dcd5fd3ab72667e871c4c4f577dfd' +
  '32000000000000001600000000000000900475f68bec9fb0c461f193d4afa82ff83137afd039' +
  '0c0000000000000003030303030303030303030308000000000000004145535f47434d5f';
