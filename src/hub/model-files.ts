/** The files of a published model, by their names in the repository. */
export const MODEL_FILES = {
  config: 'config.json',
  weights: 'model.safetensors',
  card: 'README.md',
  metrics: 'metrics.json',
} as const;

/** A larger config.json is refused unread. */
export const MAX_CONFIG_BYTES = 64 * 1024;
