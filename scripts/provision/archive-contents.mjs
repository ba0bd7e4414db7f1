// @ts-check
// What of an archive is kept, and under which name. Everything lands in one folder: torch/ with include/ and lib/, and
// for CUDA nvidia/ as its sibling, because the libraries' own RUNPATH ($ORIGIN/../../nvidia/...) expects it there.

/** Shared libraries of a torch wheel that only Python, tests or CMake's find_package need. */
const NOT_NEEDED =
  /^lib(torch|torch_python|shm|torch_global_deps|.*test.*|backend_with_compiler|aoti_custom_ops|torchbind.*)\.so/;

/**
 * @param {string} path below torch/
 */
function keptOfTorch(path) {
  if (path.startsWith('include/')) return true;
  if (path === 'version.py' || path === 'build-version') return true;
  const library = /^lib\/([^/]+\.so(\.[\w.]+)?)$/.exec(path)?.[1];
  return library !== undefined && !NOT_NEEDED.test(library);
}

/**
 * Where a wheel's file goes, or undefined when it is not kept.
 * @param {string} name path inside the wheel
 * @returns {string | undefined}
 */
export function placeOfWheelFile(name) {
  if (name.startsWith('torch/')) return keptOfTorch(name.slice('torch/'.length)) ? name : undefined;
  // Libraries that some builds of the wheel carry beside the package (auditwheel), and CUDA's own.
  if (/^torch\.libs\/[^/]+\.so[\w.-]*$/.test(name)) return name;
  if (/^nvidia\/([^/]+\/)+lib\/[^/]+\.so[\w.]*$/.test(name)) return name;
  // For libhealthtensor_nccl, which uses a header of torch that needs them.
  if (/^nvidia\/(cu\d+|nccl)\/include\//.test(name)) return name;
  return /^torch-[^/]+\.dist-info\/licenses\/(LICENSE|NOTICE)$/.test(name)
    ? name.replace(/^.*\//, 'torch/')
    : undefined;
}

/**
 * Where a file of the libtorch zip goes, or undefined when it is not kept.
 * @param {string} name path inside the zip
 * @returns {string | undefined}
 */
export function placeOfZipFile(name) {
  const path = /^libtorch\/(.+)$/.exec(name)?.[1];
  return path !== undefined && keptOfTorch(path) ? `torch/${path}` : undefined;
}
