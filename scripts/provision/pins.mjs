// @ts-check

/**
 * One libtorch that the project is built and tested with, and where its archives come from.
 * @typedef {object} Pin
 * @property {string} version release of PyTorch
 * @property {string | null} cuda CUDA version, null for the CPU build
 * @property {string} folder name in the cache
 * @property {readonly string[]} wheels pip requirements, torch first
 * @property {string} index PyTorch's own package index for this build
 * @property {string} zip path below the libtorch base URL
 * @property {Readonly<Record<string, string>>} sha256 of archives by file name, where a second public source confirms it
 * @property {number} maxBytes most that may be unpacked; a bomb is refused
 */

/**
 * Versions are exact because libtorch's C++ ABI changes with every release. The CUDA build is a later release than the
 * CPU build; the same sources compile against both.
 * @type {Readonly<Record<'cpu' | 'cuda', Pin>>}
 */
export const PINS = {
  cpu: {
    version: '2.13.0',
    cuda: null,
    folder: '2.13.0-cpu',
    wheels: ['torch==2.13.0+cpu'],
    index: 'https://download.pytorch.org/whl/cpu',
    zip: 'cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip',
    sha256: {
      'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl':
        '6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b',
      'libtorch-shared-with-deps-2.13.0+cpu.zip':
        'edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e',
    },
    maxBytes: 2e9,
  },
  cuda: {
    version: '2.14.1',
    cuda: '13.0',
    folder: '2.14.1-cu130',
    // What torch 2.14.1 and its cuda-toolkit 13.0.3 require and libtorch loads at run time; cccl and crt for headers only.
    wheels: [
      'torch==2.14.1',
      'nvidia-cublas==13.1.1.3',
      'nvidia-cuda-cccl==13.0.85',
      'nvidia-cuda-crt==13.0.88',
      'nvidia-cuda-cupti==13.0.85',
      'nvidia-cuda-nvrtc==13.0.88',
      'nvidia-cuda-runtime==13.0.96',
      'nvidia-cudnn-cu13==9.24.0.43',
      'nvidia-cufft==12.0.0.61',
      'nvidia-cufile==1.15.1.6',
      'nvidia-curand==10.4.0.35',
      'nvidia-cusolver==12.0.4.66',
      'nvidia-cusparse==12.6.3.3',
      'nvidia-cusparselt-cu13==0.8.1',
      'nvidia-nccl-cu13==2.30.7',
      'nvidia-nvjitlink>=13.0.88,<14',
      'nvidia-nvshmem-cu13==3.4.5',
      'nvidia-nvtx==13.0.85',
    ],
    index: 'https://download.pytorch.org/whl/cu130',
    zip: 'cu130/libtorch-shared-with-deps-2.14.1%2Bcu130.zip',
    sha256: {},
    maxBytes: 12e9,
  },
};

/** The oldest libtorch that `LIBTORCH` may name; older ones lack operators that the addon calls. */
export const OLDEST_LIBTORCH = '2.13.0';
