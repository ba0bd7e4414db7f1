// @ts-check

/**
 * Multiplications and additions of one image (2 a multiply-accumulate) in convolutions and dense layers. Everything
 * else (normalisation, activations, pooling, the loss) is left out, as is usual: it is memory traffic, not arithmetic.
 */

/** Counts layers while it follows the size of the feature map. */
class Counter {
  operations = 0;

  /** @param {number} size side of the image */
  constructor(size) {
    this.size = size;
    this.channels = 3;
  }

  /**
   * @param {number} outputs
   * @param {number} kernel
   * @param {{stride?: number, padding?: number, groups?: number}} [shape] padding: default half the kernel
   */
  convolution(outputs, kernel, { stride = 1, padding = kernel >> 1, groups = 1 } = {}) {
    this.size = Math.floor((this.size + 2 * padding - kernel) / stride) + 1;
    this.operations += 2 * this.size ** 2 * outputs * (this.channels / groups) * kernel ** 2;
    this.channels = outputs;
  }

  /** @param {number} kernel @param {number} [stride] */
  depthwise(kernel, stride = 1) {
    this.convolution(this.channels, kernel, { stride, groups: this.channels });
  }

  /** @param {number} inputs @param {number} outputs */
  dense(inputs, outputs) {
    this.operations += 2 * inputs * outputs;
  }

  /** Global average pool, Dense 1024, Dense 14. */
  head() {
    this.dense(this.channels, 1024);
    this.dense(1024, 14);
  }
}

/** @param {Counter} net */
function cnn(net) {
  net.convolution(32, 3, { padding: 0 });
  net.dense(32 * Math.floor(net.size / 2) ** 2, 128);
  net.dense(128, 14);
}

/** VGG-16. @param {Counter} net */
function vgg(net) {
  for (const [outputs, layers] of /** @type {const} */ ([
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ])) {
    for (let layer = 0; layer < layers; layer += 1) net.convolution(outputs, 3);
    net.size = Math.floor(net.size / 2);
  }
  net.head();
}

/** ResNet-50 with the stride in the 3x3 convolution. @param {Counter} net */
function res(net) {
  net.convolution(64, 7, { stride: 2 });
  net.size = Math.floor((net.size - 1) / 2) + 1;
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const width = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block += 1) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const { size, channels } = net;
      net.convolution(width, 1);
      net.convolution(width, 3, { stride });
      net.convolution(4 * width, 1);
      if (block > 0) continue;
      const after = { size: net.size, channels: net.channels };
      Object.assign(net, { size, channels });
      net.convolution(4 * width, 1, { stride });
      Object.assign(net, after);
    }
  }
  net.head();
}

/** EfficientNet-B0. @param {Counter} net */
function efficient(net) {
  net.convolution(32, 3, { stride: 2 });
  for (const [expansion, outputs, blocks, stride, kernel] of /** @type {const} */ ([
    [1, 16, 1, 1, 3],
    [6, 24, 2, 2, 3],
    [6, 40, 2, 2, 5],
    [6, 80, 3, 2, 3],
    [6, 112, 3, 1, 5],
    [6, 192, 4, 2, 5],
    [6, 320, 1, 1, 3],
  ])) {
    for (let block = 0; block < blocks; block += 1) {
      const inputs = net.channels;
      if (expansion > 1) net.convolution(inputs * expansion, 1);
      net.depthwise(kernel, block === 0 ? stride : 1);
      // Squeeze and excite works on one number a channel.
      net.dense(net.channels, inputs / 4);
      net.dense(inputs / 4, net.channels);
      net.convolution(outputs, 1);
    }
  }
  net.convolution(1280, 1);
  net.head();
}

/** MobileNet v1 of width 1. @param {Counter} net */
function mobile(net) {
  net.convolution(32, 3, { stride: 2 });
  for (const [outputs, stride] of /** @type {const} */ ([
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    [512, 1],
    [512, 1],
    [512, 1],
    [512, 1],
    [512, 1],
    [1024, 2],
    [1024, 1],
  ])) {
    net.depthwise(3, stride);
    net.convolution(outputs, 1);
  }
  net.head();
}

/** @type {Readonly<Record<string, (net: Counter) => void>>} */
const NETWORKS = { cnn, vgg, res, efficient, mobile };

/**
 * Operations of one image's forward pass through the architecture with its default options, three input channels.
 * @param {string} architecture
 * @param {number} imageSize
 * @returns {number}
 */
export function forwardOperations(architecture, imageSize) {
  const network = NETWORKS[architecture];
  if (network === undefined) throw new RangeError(`No count of operations for "${architecture}"`);
  const net = new Counter(imageSize);
  network(net);
  return net.operations;
}

/**
 * Operations of one image's training step: the backward pass computes two products of each layer's size, one for the
 * weights and one for the input.
 * @param {string} architecture
 * @param {number} imageSize
 */
export function trainingOperations(architecture, imageSize) {
  return 3 * forwardOperations(architecture, imageSize);
}
