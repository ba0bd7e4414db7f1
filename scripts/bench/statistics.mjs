// @ts-check

/**
 * The middle value, or the mean of the two in the middle. RangeError for an empty list.
 * @param {readonly number[]} values
 * @returns {number}
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('The median of no values was asked for');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return mean(sorted.slice(sorted.length % 2 === 1 ? middle : middle - 1, middle + 1));
}

/**
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function mean(values) {
  if (values.length === 0) throw new RangeError('The mean of no values was asked for');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Standard deviation of the population that the values are a sample of (n - 1).
 * @param {readonly number[]} values at least two
 * @returns {number}
 */
export function standardDeviation(values) {
  if (values.length < 2) throw new RangeError('A standard deviation needs two values');
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** 97.5 % quantile of Student's t distribution for 1 to 30 degrees of freedom (any table of it). */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * Mean of paired differences a[i] - b[i] with its 95 % interval by Student's t. Pairs are runs of the same seed.
 * @param {readonly number[]} a at least two
 * @param {readonly number[]} b as many
 * @returns {{mean: number, low: number, high: number}}
 */
export function pairedDifference(a, b) {
  if (a.length !== b.length)
    throw new RangeError(`Expected pairs but received ${a.length} and ${b.length} values`);
  const differences = a.map((value, index) => value - Number(b[index]));
  const t = T_975[differences.length - 2] ?? 1.96;
  const centre = mean(differences);
  const reach = (t * standardDeviation(differences)) / Math.sqrt(differences.length);
  return { mean: centre, low: centre - reach, high: centre + reach };
}

/**
 * Least-squares slope of y over x.
 * @param {readonly number[]} x at least two different values
 * @param {readonly number[]} y as many
 * @returns {number}
 */
export function slope(x, y) {
  const [centreX, centreY] = [mean(x), mean(y)];
  let [products, squares] = [0, 0];
  for (const [index, value] of y.entries()) {
    const distance = Number(x[index]) - centreX;
    products += distance * (value - centreY);
    squares += distance ** 2;
  }
  return products / squares;
}
