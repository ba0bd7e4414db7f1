#include "training/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>
#include <type_traits>

#include "atomic_file.h"
#include "checksum.h"
#include "failure.h"
#include "finite.h"
#include "input_file.h"

// Layout, little-endian: magic | identity | state | tensor count | (name, element count, float32
// values)... | checksum. A text is its length (u64) and its bytes. The checksum is xxHash64 over blocks of
// kBlock bytes, each seeded with the hash of the one before, so that reader and writer need no more memory
// than a block.

namespace healthtensor {
namespace {

constexpr std::string_view kMagic = "HTCKPT03";
constexpr size_t kBlock = 1 << 16;
// It is written as it lies in memory.
static_assert(std::is_trivially_copyable_v<TrainingState> && sizeof(TrainingState) == 13 * sizeof(int64_t));
constexpr char kDamaged[] = "CHECKPOINT_DAMAGED";

class CheckpointWriter {
 public:
  explicit CheckpointWriter(const std::string& path) : file_(path) { block_.reserve(kBlock); }

  void bytes(const void* data, size_t count) {
    const char* next = static_cast<const char*>(data);
    while (count > 0) {
      const size_t part = std::min(count, kBlock - block_.size());
      block_.insert(block_.end(), next, next + part);
      if (block_.size() == kBlock) flush();
      next += part;
      count -= part;
    }
  }
  template <typename Plain>
  void plain(const Plain& value) {
    bytes(&value, sizeof value);
  }
  void text(std::string_view value) {
    plain(uint64_t{value.size()});
    bytes(value.data(), value.size());
  }
  void commit(const std::string& previous) {
    flush();
    file_.write(&hash_, sizeof hash_);
    file_.commit(previous);
  }

 private:
  void flush() {
    // The reader knows no empty block: it would change the hash of a file that is a whole number of blocks
    // long.
    if (block_.empty()) return;
    hash_ = xxHash64(block_.data(), block_.size(), hash_);
    file_.write(block_.data(), block_.size());
    block_.clear();
  }

  AtomicFile file_;
  std::vector<char> block_;
  uint64_t hash_ = 0;
};

// Reads a file whose checksum has been verified; running over its end is still damage, not a crash.
class CheckpointReader {
 public:
  explicit CheckpointReader(const std::string& path) : file_(path, kDamaged) { verify(); }

  void bytes(void* out, size_t count) {
    if (count > end_ - offset_) file_.fail("it ends early");
    file_.read(out, count, offset_);
    offset_ += count;
  }
  template <typename Plain>
  Plain plain() {
    Plain value;
    bytes(&value, sizeof value);
    return value;
  }
  std::string text() {
    const auto length = plain<uint64_t>();
    if (length > end_ - offset_) file_.fail("it ends early");
    std::string value(length, '\0');
    bytes(value.data(), value.size());
    return value;
  }
  [[noreturn]] void fail(const std::string& reason) const { file_.fail(reason); }

 private:
  void verify() {
    uint64_t stored = 0;
    if (file_.size() < kMagic.size() + sizeof stored) file_.fail("it is too short");
    end_ = file_.size() - sizeof stored;
    uint64_t hash = 0;
    std::vector<char> block(kBlock);
    for (uint64_t offset = 0; offset < end_; offset += block.size()) {
      block.resize(static_cast<size_t>(std::min<uint64_t>(kBlock, end_ - offset)));
      file_.read(block.data(), block.size(), offset);
      hash = xxHash64(block.data(), block.size(), hash);
    }
    file_.read(&stored, sizeof stored, end_);
    if (stored != hash) file_.fail("its checksum does not fit");
    char magic[kMagic.size()];
    bytes(magic, sizeof magic);
    if (std::string_view(magic, sizeof magic) != kMagic) file_.fail("it is not a checkpoint of this version");
  }

  InputFile file_;
  uint64_t offset_ = 0;
  uint64_t end_ = 0;
};

void checkIdentity(CheckpointReader& file, const TrainingIdentity& identity) {
  if (file.plain<uint64_t>() != identity.size()) file.fail("it is not a checkpoint of this version");
  for (const auto& [name, wanted] : identity) {
    const std::string storedName = file.text();
    const std::string stored = file.text();
    if (storedName != name) file.fail("it is not a checkpoint of this version");
    if (stored != wanted) {
      throw Failure("CHECKPOINT_MISMATCH", "The checkpoint belongs to another training: its " + name +
                                               " is " + stored + ", not " + wanted);
    }
  }
}

}  // namespace

std::string previousCheckpoint(const std::string& path) { return path + ".previous"; }

void writeCheckpoint(const std::string& path, const TrainingIdentity& identity, const TrainingState& state,
                     const NamedTensors& tensors, bool keepPrevious) {
  CheckpointWriter file(path);
  file.bytes(kMagic.data(), kMagic.size());
  file.plain(uint64_t{identity.size()});
  for (const auto& [name, value] : identity) {
    file.text(name);
    file.text(value);
  }
  file.plain(state);
  file.plain(uint64_t{tensors.size()});
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    const std::span values(plain.const_data_ptr<float>(), static_cast<size_t>(plain.numel()));
    requireFinite(name, values);
    file.text(name);
    file.plain(uint64_t{values.size()});
    file.bytes(values.data(), values.size_bytes());
  }
  file.commit(keepPrevious ? previousCheckpoint(path) : "");
}

TrainingState readCheckpoint(const std::string& path, const TrainingIdentity& identity,
                             const EpochShape& shape, NamedTensors& tensors) {
  std::error_code unknown;  // whether it is there: then opening it will tell
  if (!std::filesystem::exists(path, unknown) && !unknown)
    throw Failure("CHECKPOINT_MISSING", "There is no checkpoint " + path);
  CheckpointReader file(path);
  checkIdentity(file, identity);
  const auto state = file.plain<TrainingState>();
  if (!isSound(state, shape)) file.fail("its position is not one of this training");
  if (file.plain<uint64_t>() != tensors.size()) file.fail("it has another number of tensors");
  const at::NoGradGuard noGradients;
  for (auto& [name, tensor] : tensors) {
    if (file.text() != name || file.plain<uint64_t>() != static_cast<uint64_t>(tensor.numel())) {
      file.fail("it has other tensors than the architecture");
    }
    at::Tensor plain = at::empty(tensor.sizes(), at::TensorOptions().dtype(at::kFloat));
    file.bytes(plain.mutable_data_ptr<float>(), static_cast<size_t>(plain.numel()) * sizeof(float));
    tensor.copy_(plain);
  }
  return state;
}

}  // namespace healthtensor
