#include "training/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include <cmath>
#include <mutex>

#include "data/batch.h"
#include "failure.h"
#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"
#include "random.h"
#include "training/adam.h"
#include "training/checkpoint.h"
#include "training/identity.h"
#include "training/sampler.h"

namespace healthtensor {
namespace {

void checkRequest(const TrainRequest& request) {
  if (request.trainRows.size() < 2) {
    throw Failure("NO_IMAGES", "Expected at least two images to train on but received " +
                                   std::to_string(request.trainRows.size()));
  }
  checkRecipe(request.recipe, request.device.cuda);
}

std::unique_ptr<Model> freshModel(const TrainRequest& request, at::Device device) {
  std::unique_ptr<Model> model = buildModel(request.spec);
  model->state().initialise(request.seed);
  model->state().moveTo(device);
  model->state().requireGradients();
  return model;
}

BatchBuilder trainingBatches(const TrainRequest& request, at::Device device) {
  BatchBuilder batches(std::make_shared<const PixelCache>(request.cachePath), request.spec, device);
  batches.cache().checkRows(request.trainRows);
  batches.cache().checkRows(request.validationRows);
  return batches;
}

}  // namespace

struct Trainer::Implementation {
  explicit Implementation(TrainRequest asked)
      : request((checkRequest(asked), std::move(asked))),
        device(enterDevice(request.device)),
        model(freshModel(request, device)),
        batches(trainingBatches(request, device)),
        batchesPerEpoch(
            EpochSampler::batches(static_cast<int64_t>(request.trainRows.size()), request.batchSize)),
        identity(trainingIdentity(request, batches.cache())),
        adam(model->state().parameters(), request.recipe.learningRate),
        parameters(model->state().parameterCount()) {
    if (request.resume) resume();
  }

  // The last checkpoint, or the one before when the last is damaged or missing; a fresh start when there is
  // none.
  void resume() {
    NamedTensors tensors = checkpointTensors();
    try {
      adopt(readCheckpoint(request.checkpointPath, identity, batchesPerEpoch, tensors));
      keepPrevious = true;
    } catch (const Failure& failure) {
      if (failure.code() != "CHECKPOINT_MISSING" && failure.code() != "CHECKPOINT_DAMAGED") throw;
      resumeFromPrevious(tensors, failure);
    }
  }

  void resumeFromPrevious(NamedTensors& tensors, const Failure& first) {
    const bool missing = first.code() == "CHECKPOINT_MISSING";
    try {
      adopt(readCheckpoint(previousCheckpoint(request.checkpointPath), identity, batchesPerEpoch, tensors));
    } catch (const Failure& second) {
      if (missing && second.code() == "CHECKPOINT_MISSING") return;
      if (missing) throw;
      throw Failure("CHECKPOINT_DAMAGED", std::string("The checkpoint cannot be read (") + first.what() +
                                              ") and neither can the one before it (" + second.what() + ")");
    }
    note = missing ? "The last checkpoint is missing; went on from the one before it"
                   : std::string("The last checkpoint is damaged (") + first.what() +
                         "); went on from the one before it";
  }

  void adopt(const TrainingPosition& stored) {
    setProgress(stored);
    adam.setSteps(stored.steps);
    resumed = true;
  }

  NamedTensors checkpointTensors() {
    NamedTensors tensors;
    for (const StateTensor& entry : model->state().entries()) tensors.emplace_back(entry.name, entry.tensor);
    const auto addMoments = [&](const char* prefix, const std::vector<at::Tensor>& moments) {
      for (size_t i = 0; i < moments.size(); ++i)
        tensors.emplace_back(prefix + std::to_string(i), moments[i]);
    };
    addMoments("adam.first.", adam.firstMoments());
    addMoments("adam.second.", adam.secondMoments());
    return tensors;
  }

  void saveCheckpoint() {
    writeCheckpoint(request.checkpointPath, identity, progress, checkpointTensors(), keepPrevious);
    keepPrevious = true;
  }

  // One optimiser step; returns the batch's mean loss.
  double step(std::span<const uint32_t> rows) {
    const Batch batch = batches.build(rows);
    const uint64_t dropoutSeed =
        deriveSeed(request.seed, RandomStream::kDropout, static_cast<uint64_t>(progress.epoch),
                   static_cast<uint64_t>(progress.batch));
    adam.clearGradients();
    const at::Tensor logits =
        model->forward(batch.images, Pass::training(at::detail::createCPUGenerator(dropoutSeed)));
    const at::Tensor loss =
        at::binary_cross_entropy_with_logits(logits, batch.labels, {}, {}, at::Reduction::Mean);
    const double value = loss.item<float>();
    // Before the weights are touched, so that what is on disk and in memory stays sound.
    if (!std::isfinite(value)) {
      throw Failure("NOT_FINITE", "The training loss became NaN or infinite; use a smaller learning rate");
    }
    loss.backward();
    adam.step();
    return value;
  }

  void setProgress(const TrainingPosition& next) {
    const std::lock_guard lock(progressMutex);
    progress = next;
  }

  /// First, so that it goes last: after the tensors.
  const CachedMemory memory;
  const TrainRequest request;
  const at::Device device;
  const std::unique_ptr<Model> model;
  const BatchBuilder batches;
  const int64_t batchesPerEpoch;
  const TrainingIdentity identity;
  Adam adam;
  const int64_t parameters;

  /// Written by the engine thread, under the mutex since JavaScript reads it too.
  TrainingPosition progress;
  mutable std::mutex progressMutex;
  bool resumed = false;
  std::string note;
  /// Whether the file at the checkpoint's path is a sound one of this training: only such a one may become
  /// `.previous`.
  bool keepPrevious = false;
};

Trainer::Trainer(TrainRequest request)
    : implementation_(std::make_unique<Implementation>(std::move(request))) {}

Trainer::~Trainer() = default;

EpochResult Trainer::trainEpoch(int64_t checkpointEvery, const Cancellation& cancellation,
                                const ProgressSink& progress) {
  Implementation& self = *implementation_;
  enterDevice(self.request.device);
  const Stopwatch watch;
  const int64_t epoch = self.progress.epoch;
  const EpochSampler sampler(self.request.trainRows, self.request.batchSize, self.request.seed, epoch);
  ProgressPace pace;
  int64_t imagesNow = 0;
  EpochResult result{.epoch = epoch};
  while (self.progress.epoch == epoch) {
    cancellation.throwIfCancelled();
    const std::span<const uint32_t> rows = sampler.batch(self.progress.batch);
    const auto images = static_cast<int64_t>(rows.size());
    const double loss = self.step(rows);

    TrainingPosition next = self.progress;
    next.batch += 1;
    next.steps += 1;
    next.images += images;
    next.lossSum += loss * static_cast<double>(images);
    imagesNow += images;
    const Progress report{.phase = Phase::kTrain,
                          .epoch = epoch,
                          .batch = next.batch,
                          .batches = self.batchesPerEpoch,
                          .images = next.images,
                          .imagesPerSecond = static_cast<double>(imagesNow) / watch.seconds(),
                          .loss = next.lossSum / static_cast<double>(next.images),
                          .learningRate = self.request.recipe.learningRate};
    result.loss = report.loss;
    result.images = report.images;
    if (next.batch == self.batchesPerEpoch) next = {.epoch = epoch + 1, .steps = next.steps};
    self.setProgress(next);
    if (checkpointEvery > 0 && next.steps % checkpointEvery == 0) self.saveCheckpoint();
    if (pace.due(report)) progress(report);
  }
  result.seconds = watch.seconds();
  return result;
}

Evaluation Trainer::validate(const Cancellation& cancellation, const ProgressSink& progress) {
  const Implementation& self = *implementation_;
  enterDevice(self.request.device);
  const auto withEpoch = [&](Progress report) {
    report.epoch = self.progress.epoch;
    progress(report);
  };
  return evaluateModel(*self.model, self.batches, self.request.validationRows, self.request.batchSize,
                       cancellation, withEpoch);
}

void Trainer::saveCheckpoint() { implementation_->saveCheckpoint(); }

void Trainer::saveWeights(const std::string& path) {
  healthtensor::saveWeights(*implementation_->model, path);
}

Position Trainer::position() const {
  const std::lock_guard lock(implementation_->progressMutex);
  return {implementation_->progress.epoch, implementation_->progress.batch, implementation_->batchesPerEpoch};
}

int64_t Trainer::parameters() const { return implementation_->parameters; }

bool Trainer::resumed() const { return implementation_->resumed; }

const std::string& Trainer::note() const { return implementation_->note; }

int64_t Trainer::bytes() const {
  constexpr int64_t kCopies = 4;  // value, gradient and two moments
  return implementation_->parameters * kCopies * static_cast<int64_t>(sizeof(float));
}

}  // namespace healthtensor
