/**
 * The new score: alpha x reward + (1 - alpha) x previous. A hotkey without a score starts at zero, as in the
 * original, so that its first score is alpha x reward.
 */
export function movingAverage(alpha: number, reward: number, previous = 0): number {
  const score = alpha * reward + (1 - alpha) * previous;
  if (!Number.isFinite(score) || score < 0) {
    throw new RangeError(`alpha ${alpha}, reward ${reward} and score ${previous} give no score`);
  }
  return score;
}
