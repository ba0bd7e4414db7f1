import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { VerdictCode } from '../../src/common/index.js';
import { entry, json, refuse, serve } from '../hub/hostile-hub.js';
import { type Asked, infoOf, listingOf, type Repository } from './hostile-repositories.js';

/** How a fetch may end: with the model, with a verdict, or without one because the hub failed. */
export type Ending = 'model' | 'NOT_FETCHED' | VerdictCode;

export interface Attack {
  readonly name: string;
  /** Any of them is right. */
  readonly endings: readonly Ending[];
  readonly repository: Repository;
}

type Misdeed = NonNullable<Repository['misdeed']>;

/** What attacks are made of: a sound model, and a host that must never hear anything. */
export interface Means {
  readonly name: (attack: string) => string;
  readonly config: Buffer;
  readonly weights: Buffer;
  readonly foreign: string;
  readonly cdn: string;
}

/** Writes chunk after chunk until the other side has enough. */
function pour(response: ServerResponse, chunk: Buffer | string): true {
  const more = () => void response.write(chunk, (error) => (error ? undefined : setImmediate(more)));
  more();
  return true;
}

/** A little now and then, for ever. */
function drip(response: ServerResponse, write: () => void): true {
  const timer = setInterval(write, 50);
  response.on('close', () => clearInterval(timer));
  return true;
}

const when =
  (what: Asked['what'], act: (asked: Asked) => unknown): Misdeed =>
  (asked) =>
    asked.what === what && (act(asked), true);

const isHead = ({ headers }: Asked['request']) => (headers.range ?? '').startsWith('bytes=0-');

/** A header that says it has so many bytes. */
function prefix(headerBytes: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(headerBytes);
  return bytes;
}

/** A safetensors file with this header. */
function safetensors(header: string, data: number): Buffer {
  return Buffer.concat([prefix(BigInt(Buffer.byteLength(header))), Buffer.from(header), Buffer.alloc(data)]);
}

/** A listing with sizes that no file here has. */
function claiming(means: Means, sizes: Record<string, number>): Record<string, unknown>[] {
  return listingOf({ 'config.json': means.config, 'model.safetensors': means.weights }).map((file) => {
    const size = sizes[String(file.path)];
    if (size === undefined) return file;
    return { ...file, size, lfs: { oid: 'a'.repeat(64), size, pointerSize: 130 } };
  });
}

/** Every attack, each as a repository of one miner with weights of its own: known ones would not be downloaded. */
export function attacks(means: Means): Attack[] {
  return attacksWith(means).map((_, index) => {
    const weights = Buffer.from(means.weights);
    weights.writeFloatLE(index, weights.length - 4);
    return attacksWith({ ...means, weights })[index] as Attack;
  });
}

function attacksWith(means: Means): Attack[] {
  const { config, weights } = means;
  const sound = { 'config.json': config, 'model.safetensors': weights };
  const other = Buffer.concat([weights.subarray(0, 200_000), randomBytes(weights.length - 200_000)]);
  const attack = (
    name: string,
    endings: Ending | readonly Ending[],
    misdeed?: Misdeed,
    files: Record<string, Buffer> = sound,
  ): Attack => ({ name, endings: [endings].flat(), repository: { files, misdeed } });
  const id = means.name;
  const lists = (name: string, paths: string[]) =>
    attack(
      name,
      'model',
      when('listing', ({ response }) =>
        json(response, [...listingOf(sound), ...paths.map((path) => entry(path, Buffer.from('x')))]),
      ),
    );
  const redirecting = (name: string, location: string) =>
    attack(
      name,
      'NOT_FETCHED',
      when('weights', ({ response }) => response.writeHead(302, { location }).end()),
    );
  const answering = (name: string, status: number, headers: Record<string, string> = {}) =>
    attack(
      name,
      'NOT_FETCHED',
      when('weights', ({ response }) => response.writeHead(status, headers).end()),
    );
  const infos = (name: string, ending: Ending, change: Record<string, unknown>) =>
    attack(
      name,
      ending,
      when('info', ({ response }) => json(response, { ...infoOf(id(name)), ...change })),
    );

  return [
    // Names and paths.
    lists('paths-up', ['../up', '/etc/passwd', 'a/../../up', '..\\up', 'C:\\up']),
    lists('paths-encoded', ['%2e%2e/%2e%2e/api/models/other/private/resolve/main/f', '..%2fup']),
    lists('paths-query', ['a#b', 'a?b', 'a;b', 'a&b']),
    lists('paths-odd', ['.git/hooks/post-checkout', 'new\nline', 'bidi\u202etxt', ' ', 'x\u0000y']),
    lists('paths-clashing', ['n'.repeat(300), 'a', 'a/b', 'MODEL.SAFETENSORS']),
    attack(
      'hash-is-a-path',
      'NOT_FETCHED',
      when('listing', ({ response }) =>
        json(response, [
          entry('config.json', config),
          {
            ...entry('model.safetensors', weights),
            lfs: { oid: '../../../../escaped', size: weights.length },
          },
        ]),
      ),
    ),
    attack(
      'listed-twice',
      'NOT_FETCHED',
      when('listing', ({ response }) => json(response, [...listingOf(sound), ...listingOf(sound)])),
    ),
    attack(
      'folder-for-a-file',
      'FILE_MISSING',
      when('listing', ({ response }) =>
        json(response, [
          entry('config.json', config),
          { type: 'directory', path: 'model.safetensors', oid: 'a'.repeat(40), size: 0 },
        ]),
      ),
    ),
    // A link in the repository is a file with the path as its content.
    attack('symbolic-link', 'BAD_SAFETENSORS', undefined, {
      'config.json': config,
      'model.safetensors': Buffer.from('../../../../../../../../etc/passwd'),
    }),
    attack('pickles-only', 'FILE_MISSING', undefined, {
      'config.json': config,
      'pytorch_model.bin': randomBytes(100),
      'model.pkl': randomBytes(100),
    }),

    // Who and when.
    infos('another-commit', 'REVISION_MISSING', { sha: 'f'.repeat(40) }),
    infos('renamed', 'REPO_UNAVAILABLE', { id: 'other/name' }),
    infos('gated', 'REPO_UNAVAILABLE', { gated: 'manual' }),
    infos('private', 'REPO_UNAVAILABLE', { private: true }),
    attack(
      'polluting',
      'REPO_UNAVAILABLE',
      when('info', ({ response }) => {
        const { sha } = infoOf(id('polluting'));
        response.end(
          `{"id":"${id('polluting')}","sha":"${sha}","__proto__":{"private":false,"gated":false}}`,
        );
      }),
    ),
    attack(
      'gone-meanwhile',
      'REPO_UNAVAILABLE',
      when('weights', ({ response }) => refuse(response, 404, 'RepoNotFound')),
    ),

    // Where to.
    redirecting('to-a-stranger', `${means.foreign}/blob`),
    redirecting('to-the-metadata-service', 'http://169.254.169.254/latest/meta-data/'),
    redirecting('to-a-file', 'file:///etc/passwd'),
    redirecting('to-a-password', 'https://me:pass@cdn-lfs.hf.co/x'),
    redirecting('to-a-look-alike', 'https://cdn-lfs.hf.co.evil.example/x'),
    attack(
      'round-and-round',
      'NOT_FETCHED',
      when('weights', ({ response, request }) => response.writeHead(302, { location: request.url }).end()),
    ),
    attack(
      'by-the-cdn',
      'model',
      when('weights', ({ response }) =>
        response.writeHead(302, { location: `${means.cdn}/blob?signature=s` }).end(),
      ),
    ),
    attack('next-page-elsewhere', 'model', ({ what, response }) => {
      if (what === 'listing') response.setHeader('link', `<${means.foreign}/api>; rel="next"`);
    }),
    attack('xet-elsewhere', 'model', ({ what, response }) => {
      if (what !== 'weights') return;
      response.setHeader('x-xet-hash', 'a'.repeat(64));
      response.setHeader('link', `<${means.foreign}/xet>; rel="xet-auth"`);
    }),
    attack('cookies', 'model', ({ response }) => {
      response.setHeader('set-cookie', 'session=1; Path=/');
    }),

    // Bytes.
    attack(
      'other-bytes',
      'HASH_MISMATCH',
      when('weights', ({ request, response }) => serve(request, response, other)),
    ),
    attack(
      'flood',
      'BAD_SAFETENSORS',
      when('weights', ({ response }) => pour(response, Buffer.alloc(65_536))),
    ),
    attack('flood-after-the-head', 'HASH_MISMATCH', ({ what, request, response }) => {
      return what === 'weights' && !isHead(request) && pour(response, Buffer.alloc(65_536));
    }),
    attack(
      'another-length',
      'HASH_MISMATCH',
      when('weights', ({ request, response }) => serve(request, response, Buffer.concat([weights, weights]))),
    ),
    attack(
      'cut-short',
      'NOT_FETCHED',
      when('weights', ({ request, response }) => {
        const last = /\d+$/.exec(request.headers.range ?? '')?.[0];
        response.writeHead(206, { 'content-range': `bytes 0-${last}/${weights.length}` });
        response.write(weights.subarray(0, 100), () => response.destroy());
      }),
    ),
    attack(
      'gzip-bomb',
      'HASH_MISMATCH',
      when('weights', ({ response }) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(30_000_000))),
      ),
    ),
    attack(
      'brotli',
      'HASH_MISMATCH',
      when('config', ({ response }) =>
        response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(config)),
      ),
    ),
    attack(
      'another-range',
      'NOT_FETCHED',
      when('weights', ({ response }) =>
        response.writeHead(206, { 'content-range': `bytes 7-106/${weights.length}` }).end(Buffer.alloc(100)),
      ),
    ),
    attack(
      'ranges-in-parts',
      'NOT_FETCHED',
      when('weights', ({ response }) =>
        response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x--'),
      ),
    ),
    attack(
      'broken-chunks',
      'NOT_FETCHED',
      when('weights', ({ request }) => {
        request.socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\nno chunk\r\n');
        request.socket.end();
      }),
    ),
    answering('no-content', 204),
    answering('not-modified', 304),
    answering('server-error', 500),
    answering('come-back-in-a-year', 429, { 'retry-after': '31536000' }),

    // Sizes.
    ...[5e12, 641 * 1024 ** 2].map((size) =>
      attack(
        `weights-of-${size}`,
        'TOO_LARGE',
        when('listing', ({ response }) => json(response, claiming(means, { 'model.safetensors': size }))),
      ),
    ),
    attack(
      'config-of-a-megabyte',
      'TOO_LARGE',
      when('listing', ({ response }) => json(response, claiming(means, { 'config.json': 1e6 }))),
    ),
    attack(
      'endless-listing',
      'NOT_FETCHED',
      when('listing', ({ response }) => pour(response, ' '.repeat(65_536))),
    ),
    attack(
      'long-headers',
      'NOT_FETCHED',
      when('info', ({ response }) => response.writeHead(200, { padding: 'x'.repeat(60_000) }).end('{}')),
    ),

    // The head of the weights.
    ...(
      [
        ['header-of-2^63', Buffer.concat([prefix(2n ** 63n), Buffer.alloc(1000)])],
        ['header-of-100-MB', Buffer.concat([prefix(100_000_000n), Buffer.alloc(1000)])],
        ['header-longer-than-the-file', Buffer.concat([prefix(5000n), Buffer.alloc(1000)])],
        ['no-header', Buffer.from('short')],
        ['nested-header', safetensors('['.repeat(100_000), 0)],
        [
          'overlapping-tensors',
          safetensors(
            '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
            12,
          ),
        ],
        ['trailing-bytes', Buffer.concat([weights, Buffer.alloc(1)])],
        ['missing-bytes', weights.subarray(0, -1)],
      ] as const
    ).map(([name, file]) =>
      attack(name, 'BAD_SAFETENSORS', undefined, { 'config.json': config, 'model.safetensors': file }),
    ),
    attack('other-tensors', 'TENSOR_MISMATCH', undefined, {
      'config.json': config,
      'model.safetensors': safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    }),
    // A file of half a gigabyte that shows nothing but zeros: refused for its first bytes.
    attack('half-a-gigabyte-of-zeros', 'BAD_SAFETENSORS', ({ what, response, request }) => {
      if (what === 'listing') return json(response, claiming(means, { 'model.safetensors': 500_000_000 }));
      if (what !== 'weights') return;
      const last = Number(/-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? 499_999_999);
      response.writeHead(206, { 'content-range': `bytes 0-${last}/500000000` });
      response.end(Buffer.alloc(last + 1));
      return true;
    }),

    // config.json.
    ...(
      [
        ['config-nested', 'BAD_CONFIG', '['.repeat(30_000)],
        ['config-polluting', 'BAD_CONFIG', '{"__proto__":{"healthtensor":{}}}'],
        ['config-not-utf8', 'BAD_CONFIG', Buffer.from([0x7b, 0xff, 0x7d])],
        ['config-empty', 'BAD_CONFIG', ''],
      ] as const
    ).map(([name, ending, text]) =>
      attack(name, ending, undefined, { 'config.json': Buffer.from(text), 'model.safetensors': weights }),
    ),

    // Time.
    attack(
      'a-byte-now-and-then',
      ['DOWNLOAD_TIMED_OUT', 'NOT_FETCHED'],
      when('weights', ({ response }) => {
        response.writeHead(200, { 'content-length': weights.length });
        drip(response, () => response.write('x'));
      }),
    ),
    attack('a-head-and-no-more', ['DOWNLOAD_TIMED_OUT', 'NOT_FETCHED'], ({ what, request, response }) => {
      if (what !== 'weights' || isHead(request)) return;
      response.writeHead(206, {
        'content-range': `bytes ${/\d+/.exec(request.headers.range ?? '')?.[0]}-${weights.length - 1}/${weights.length}`,
      });
      return drip(response, () => response.write('x'));
    }),
    attack('silence', ['DOWNLOAD_TIMED_OUT', 'NOT_FETCHED'], ({ what }) => what === 'weights'),
    attack('silence-from-the-start', 'NOT_FETCHED', ({ what }) => what === 'info'),
    attack(
      'dripping-headers',
      ['DOWNLOAD_TIMED_OUT', 'NOT_FETCHED'],
      when('config', ({ request, response }) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        drip(response, () => request.socket.write('x-a: b\r\n'));
      }),
    ),
    attack(
      'endless-continue',
      ['DOWNLOAD_TIMED_OUT', 'NOT_FETCHED'],
      when('config', ({ request, response }) =>
        drip(response, () => request.socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')),
      ),
    ),
  ];
}

/** What an attacker commits: the listed hash, so that the attack gets as far as it can. */
export function listedSha256(attack: Attack, means: Means): string {
  if (attack.name.startsWith('weights-of-') || attack.name.startsWith('half-a-gigabyte'))
    return 'a'.repeat(64);
  const weights = attack.repository.files['model.safetensors'] ?? means.weights;
  return createHash('sha256').update(weights).digest('hex');
}
