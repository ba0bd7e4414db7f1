// @ts-check

/** Cases that have no architecture or precision of their own, and what stands in for them. */
const ONCE = {
  input: { arch: 'mobile' },
  memory: { precision: 'bf16' },
  startup: { arch: 'mobile', precision: 'fp32' },
};

/** @param {import('./arguments.mjs').BenchArguments} args */
export function casesOf({ mode, architectures, precisions }) {
  const fixed = /** @type {{arch?: string, precision?: string}} */ (
    mode in ONCE ? ONCE[/** @type {keyof typeof ONCE} */ (mode)] : {}
  );
  return (fixed.arch === undefined ? architectures : [fixed.arch]).flatMap((arch) =>
    (fixed.precision === undefined ? precisions : [fixed.precision]).map((precision) => ({
      arch,
      precision,
    })),
  );
}
