// @ts-check
/**
 * Least squares: how much y grows for each thousand of x.
 * @param {readonly (readonly [x: number, y: number])[]} points
 * @returns {number} 0 for fewer than two points
 */
export function slopePerThousand(points) {
  const mean = (/** @type {0 | 1} */ which) =>
    points.reduce((sum, point) => sum + point[which], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  if (points.length < 2 || spread === 0) return 0;
  return (1000 * points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)) / spread;
}
