/** SHA-256 (64 hex digits) over the names and contents of files, independent of the order given. */
export function digestOfFiles(root: string, names: readonly string[]): Promise<string>;

/** The digest of CMakeLists.txt and the C++ files of native/; undefined when there is no native/ folder. */
export function nativeSourceDigest(root: string): Promise<string | undefined>;
