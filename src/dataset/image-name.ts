// Letters and digits of any language plus a few harmless signs; never a separator, control or invisible character,
// never a leading dot (hidden file) or dash (an option to some tool).
const SAFE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ .()+=,@-]*\.(?:png|jpe?g)$/iu;
const MAX_NAME_BYTES = 200;

/** Whether a name from a CSV or an archive may become a file name in `images/`: a plain PNG or JPEG name. */
export function isSafeImageName(name: string): boolean {
  return SAFE_NAME.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/**
 * The patient an image belongs to: what stands before the last `_` (in NIH `00000013_005.png` the eight digits).
 * A name without that pattern is its own patient.
 */
export function patientOf(imageName: string): string {
  const underscore = imageName.lastIndexOf('_');
  return underscore > 0 ? imageName.slice(0, underscore) : imageName;
}

/** The form under which two names would collide on a file system that ignores case or normalises Unicode. */
export function collisionKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
