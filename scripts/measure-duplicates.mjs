// How alike different X-rays are to the duplicate search of `healthtensor dataset check`, and how alike changed copies
// of one remain: the figures behind its threshold. `node scripts/measure-duplicates.mjs FOLDER` (after npm run build).
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeFile, decodeGray } from '../dist/dataset/decode.js';
import { FEATURES, pictureFeatures } from '../dist/dataset/duplicates/picture-features.js';
import { findSimilar, similarityOf } from '../dist/dataset/duplicates/similar-groups.js';
import { LOOK_ALIKE, SAME_PICTURE } from '../dist/dataset/duplicate-groups.js';
import { readEntries } from '../dist/dataset/entries.js';

const SIDE = 64;
/** As many of the images are changed. */
const CHANGED = 200;

const folder = process.argv[2];
if (folder === undefined || folder.startsWith('-')) {
  console.log('usage: node scripts/measure-duplicates.mjs FOLDER\n  FOLDER has Data_Entry.csv and images/');
  process.exit(folder === '--help' ? 0 : 1);
}

const raw = (image) => image.greyscale().raw().toBuffer({ resolveWithObject: true });
const open = ({ data, info }) =>
  sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } });
const mapped = (picture, change) => ({ ...picture, data: picture.data.map(change) });
const again = async (picture, bytes) =>
  raw(sharp(bytes).resize(picture.info.width, picture.info.height, { fit: 'fill' }));
const cut = (share) => async (picture) => {
  const { width, height } = picture.info;
  const [x, y] = [Math.round(share * width), Math.round(share * height)];
  const part = { left: x, top: y, width: width - 2 * x, height: height - 2 * y };
  return again(picture, await open(picture).extract(part).png().toBuffer());
};
const turned = (degrees) => (picture) => {
  const { width, height } = picture.info;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const matrix = [cos, -sin, sin, cos];
  const [idx, idy] = [-(width - 1) / 2, -(height - 1) / 2]; // about the middle
  const turn = open(picture).affine(matrix, { idx, idy, odx: -idx, ody: -idy, background: '#000' });
  return raw(turn.extract({ left: 0, top: 0, width, height }));
};
let state = 1;
const uniform = () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
const noise = (sigma) => (picture) =>
  mapped(picture, (v) => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.max(0, Math.min(255, Math.round(v + sigma * normal)));
  });
const tone = (curve) => (picture) => mapped(picture, (v) => Math.max(0, Math.min(255, Math.round(curve(v)))));

const CHANGES = {
  'JPEG, quality 75': async (p) => again(p, await open(p).jpeg({ quality: 75 }).toBuffer()),
  'JPEG, quality 30': async (p) => again(p, await open(p).jpeg({ quality: 30 }).toBuffer()),
  'half the size and back': async (p) =>
    again(
      p,
      await open(p)
        .resize(p.info.width >> 1, p.info.height >> 1)
        .png()
        .toBuffer(),
    ),
  'brighter by 30': tone((v) => v + 30),
  'contrast x 1.4': tone((v) => 128 + 1.4 * (v - 128)),
  'gamma 0.7': tone((v) => 255 * (v / 255) ** 0.7),
  'gamma 1.4': tone((v) => 255 * (v / 255) ** 1.4),
  'stretched to full range': (p) => raw(open(p).normalise()),
  'local equalisation (CLAHE)': (p) =>
    raw(open(p).clahe({ width: p.info.width >> 2, height: p.info.height >> 2, maxSlope: 3 })),
  blurred: (p) => raw(open(p).blur(1.2 * Math.max(1, p.info.width / SIDE))),
  'noise, sigma 5': noise(5),
  'noise, sigma 15': noise(15),
  'a white mark in a corner': (p) => {
    const { width, height } = p.info;
    const inside = (i) => Math.floor(i / width) < 0.1 * height && i % width < 0.2 * width;
    return { ...p, data: p.data.map((v, i) => (inside(i) ? 255 : v)) };
  },
  'cut by 1.6 % at each edge': cut(1 / 64),
  'cut by 3.1 % at each edge': cut(2 / 64),
  'turned by 1 degree': turned(1),
  'turned by 3 degrees': turned(3),
};

const pathOf = ({ name }) => join(folder, 'images', name);
const shown = (values) => values.map((value) => value.toFixed(3)).join(' ');
const { entries } = await readEntries(folder);
const features = new Int8Array(entries.length * FEATURES);
for (const [i, entry] of entries.entries()) {
  features.set(pictureFeatures(await decodeFile(pathOf(entry), SIDE), SIDE), i * FEATURES);
}
const of = (i) => features.subarray(i * FEATURES, (i + 1) * FEATURES);

const highest = { 'one patient': [], 'two patients': [] };
const pairs = { 'one patient': 0, 'two patients': 0 };
for (let a = 0; a < entries.length; a++) {
  for (let b = a + 1; b < entries.length; b++) {
    const kind = entries[a].patient === entries[b].patient ? 'one patient' : 'two patients';
    pairs[kind] += 1;
    const similarity = similarityOf(of(a), of(b));
    if (similarity > 0.5) highest[kind].push(similarity);
  }
}
for (const [kind, values] of Object.entries(highest)) {
  values.sort((a, b) => b - a);
  const above = [0.6, 0.7, 0.8, 0.9].map((limit) => `${values.filter((v) => v >= limit).length} >= ${limit}`);
  console.log(
    `different films of ${kind}: ${pairs[kind]} pairs, ${above.join(', ')}; highest ${shown(values.slice(0, 5))}`,
  );
}

console.log(
  `\nchanged copies: least, 5th percentile, median similarity; share >= ${SAME_PICTURE} and >= ${LOOK_ALIKE}`,
);
for (const [what, change] of Object.entries(CHANGES)) {
  const values = [];
  const step = Math.max(1, Math.floor(entries.length / CHANGED));
  for (let i = 0; i < entries.length; i += step) {
    const changed = await change(await raw(sharp(pathOf(entries[i]))));
    const pixels = await decodeGray(await open(changed).png().toBuffer(), SIDE);
    values.push(similarityOf(of(i), pictureFeatures(pixels, SIDE)));
  }
  values.sort((a, b) => a - b);
  const at = (share) => values[Math.floor(share * (values.length - 1))];
  const found = (limit) =>
    `${Math.round((100 * values.filter((value) => value >= limit).length) / values.length)} %`.padStart(7);
  console.log(
    `  ${what.padEnd(28)}${shown([at(0), at(0.05), at(0.5)])}${found(SAME_PICTURE)}${found(LOOK_ALIKE)}`,
  );
}

const started = performance.now();
const thresholds = [SAME_PICTURE, LOOK_ALIKE];
const [same, alike] = await findSimilar(features, entries.length, { thresholds });
const seconds = ((performance.now() - started) / 1000).toFixed(2);
console.log(`\n${same.length} groups of duplicates, ${alike.length} that look alike, ${seconds} s`);
