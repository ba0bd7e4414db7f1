/** Files of these kinds go to LFS whatever their size: weights, archives, tables. */
const LARGE_KINDS = [
  ...[
    '7z',
    'arrow',
    'bin',
    'bz2',
    'ckpt',
    'ftz',
    'gz',
    'h5',
    'joblib',
    'lfs',
    'mlmodel',
    'model',
    'msgpack',
    'npy',
  ],
  ...[
    'npz',
    'onnx',
    'ot',
    'parquet',
    'pb',
    'pickle',
    'pkl',
    'pt',
    'pth',
    'rar',
    'safetensors',
    'tar',
    'tflite',
  ],
  ...['tgz', 'wasm', 'xz', 'zip', 'zst'],
];

const FILTER = 'filter=lfs diff=lfs merge=lfs -text';

/** The `.gitattributes` of a new repository. */
export const INITIAL_ATTRIBUTES = LARGE_KINDS.map((kind) => `*.${kind} ${FILTER}\n`).join('');

/**
 * True when `.gitattributes` sends the file at `path` to LFS. Understands the patterns this hub and Hub clients write,
 * `*.kind` and whole paths in which `?` is any byte; others are passed over.
 */
export function tracksLfs(attributes: string, path: string): boolean {
  return attributes.split('\n').some((line) => {
    const [pattern = '', ...words] = line.trim().split(/\s+/);
    return words.includes('filter=lfs') && matches(pattern, path);
  });
}

/** `attributes` with a line more for each path that is not yet sent to LFS. */
export function trackLfs(attributes: string, paths: readonly string[]): string {
  const lines = paths
    .filter((path) => !tracksLfs(attributes, path))
    .map((path) => `${patternOf(path)} ${FILTER}\n`);
  const gap = attributes === '' || attributes.endsWith('\n') || lines.length === 0 ? '' : '\n';
  return `${attributes}${gap}${lines.join('')}`;
}

/** A pattern for one path: bytes that patterns give a meaning, or spaces, become `?`. */
function patternOf(path: string): string {
  return `/${Buffer.from(path)
    .toString('latin1')
    .replace(/[^\w./-]/g, '?')}`;
}

function matches(pattern: string, path: string): boolean {
  if (/^\*\.[\w.-]+$/.test(pattern)) return path.endsWith(pattern.slice(1));
  if (pattern.includes('*')) return false;
  const bytes = Buffer.from(path).toString('latin1');
  const wanted = pattern.startsWith('/') ? pattern.slice(1) : pattern;
  return (
    wanted.length === bytes.length && [...wanted].every((letter, i) => letter === '?' || letter === bytes[i])
  );
}
