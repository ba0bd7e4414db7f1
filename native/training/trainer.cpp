#include "training/trainer.h"

#include <ATen/ops/from_blob.h>

#include <mutex>
#include <set>
#include <type_traits>

#include "checksum.h"
#include "data/batch.h"
#include "distributed/group_cancellation.h"
#include "distributed/process_group.h"
#include "distributed/shared_rows.h"
#include "failure.h"
#include "kernels/packed_layers.h"
#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"
#include "training/checkpoint_store.h"
#include "training/frozen_features.h"
#include "training/identity.h"
#include "training/learner.h"
#include "training/sampler.h"
#include "training/schedule.h"
#include "training/training_input.h"

namespace healthtensor {
namespace {

void checkRequest(const TrainRequest& request) {
  if (request.trainRows.size() < 2) {
    throw Failure("NO_IMAGES", "Expected at least two images to train on but received " +
                                   std::to_string(request.trainRows.size()));
  }
  checkRecipe(request.recipe, request.device.cuda);
  if (request.recipe.backboneRate == 0 && request.featureFolder.empty()) {
    throw Failure("BAD_RECIPE", "A frozen backbone (backboneRate 0) needs a featureCache folder");
  }
}

std::unique_ptr<Model> freshModel(const TrainRequest& request, at::Device device) {
  std::unique_ptr<Model> model = buildModel(request.spec);
  model->state().initialise(request.seed);
  model->state().moveTo(device);
  return model;
}

std::shared_ptr<const PixelCache> openCache(const TrainRequest& request) {
  auto cache = std::make_shared<const PixelCache>(request.cachePath);
  cache->checkRows(request.trainRows);
  cache->checkRows(request.validationRows);
  return cache;
}

// Ways for an order to end that all processes of a group come to at the same place.
const std::set<std::string> kSharedEnds{"ABORTED", "DISPOSED", "PEER_STOPPED", "NOT_FINITE", "NO_IMAGES"};

// Beyond what a checkpoint must agree on: this may change between two runs but not between processes.
std::string groupIdentity(const TrainRequest& request, const PixelCache& cache) {
  std::string text;
  for (const auto& [name, value] : trainingIdentity(request, cache)) text += name + "=" + value + "\n";
  const std::vector<uint32_t>& rows = request.validationRows;
  text += std::to_string(rows.size()) + " " +
          std::to_string(xxHash64(rows.data(), rows.size() * sizeof(uint32_t), 0));
  return text + " " + std::to_string(static_cast<int>(request.recipe.precision));
}

EpochShape epochShape(const TrainRequest& request) {
  return {.batches = EpochSampler::batches(static_cast<int64_t>(request.trainRows.size()), request.batchSize),
          .accumulate = request.recipe.accumulate};
}

}  // namespace

struct Trainer::Implementation {
  explicit Implementation(TrainRequest asked)
      : request((checkRequest(asked), std::move(asked))),
        device(enterDevice(request.device)),
        cache(openCache(request)),
        model(freshModel(request, device)),
        batches(cache, request.spec, device, request.recipe.precision),
        shape(epochShape(request)),
        parameters(model->state().parameterCount()),
        learner(*model, request.recipe, request.seed, request.group.get()),
        store(request.checkpointPath, trainingIdentity(request, *cache), shape) {
    if (leads()) start();
    if (request.group != nullptr) startTogether();
  }

  bool leads() const { return request.group == nullptr || request.group->rank() == 0; }

  void start() {
    if (request.resume) resume();
    // Not before it is clear that the training is a fresh one: a resumed one may do without the file.
    if (!resumed && !request.pretrainedPath.empty()) {
      pretrainedHead = loadPretrained(*model, request.pretrainedPath).headLoaded;
      learner.restart();
    }
  }

  // Everyone gets the tensors and the state of rank 0.
  void startTogether() {
    ProcessGroup& group = *request.group;
    group.mustAgree(groupIdentity(request, *cache), "model, data set, recipe, batch size or seed");
    for (auto& [name, tensor] : checkpointTensors()) group.broadcast(tensor);
    TrainingState shared = state;
    shared.scale = learner.scale();
    static_assert(std::is_trivially_copyable_v<TrainingState>);
    at::Tensor bytes = at::from_blob(&shared, {static_cast<int64_t>(sizeof shared)}, at::kByte);
    group.broadcast(bytes);
    setState(shared);
    learner.restore(shared.position.steps, shared.scale);
  }

  // Does what rank 0 tells the others to do at the same time. What goes wrong for everyone in the same way
  // leaves the group as it is; after anything else the processes no longer agree on what comes next.
  template <typename Work>
  auto together(const std::string& order, const Cancellation& cancellation, const Work& work) {
    if (request.group == nullptr) return work(cancellation);
    ProcessGroup& group = *request.group;
    if (leads()) group.send(order);
    try {
      return work(GroupCancellation(group, cancellation));
    } catch (const Failure& failure) {
      if (!kSharedEnds.contains(failure.code())) group.abandon();
      throw;
    } catch (...) {
      group.abandon();
      throw;
    }
  }

  void resume() {
    NamedTensors tensors = checkpointTensors();
    const std::optional<TrainingState> stored = store.read(tensors);
    if (!stored) return;
    setState(*stored);
    learner.restore(stored->position.steps, stored->scale);
    resumed = true;
  }

  NamedTensors checkpointTensors() {
    NamedTensors tensors;
    for (const StateTensor& entry : model->state().entries()) tensors.emplace_back(entry.name, entry.tensor);
    for (auto& named : learner.tensors()) tensors.push_back(std::move(named));
    return tensors;
  }

  void saveCheckpoint() {
    const auto begin = CheckpointPace::Clock::now();
    TrainingState now = state;
    now.scale = learner.scale();
    store.write(now, checkpointTensors());
    pace.written(begin, CheckpointPace::Clock::now());
  }

  // The step that comes next.
  StepPlan nextStep(const EpochSampler& sampler) const {
    const TrainingPosition& at = state.position;
    StepPlan plan{.epoch = at.epoch,
                  .step = at.batch / shape.accumulate,
                  .firstBatch = at.batch,
                  .batches = std::min(shape.accumulate, shape.batches - at.batch)};
    for (int64_t batch = at.batch; batch < at.batch + plan.batches; ++batch) {
      plan.images += static_cast<int64_t>(sampler.batch(batch).size());
    }
    return plan;
  }

  double rateOf(int64_t epoch, int64_t firstBatch, int64_t count) const {
    const auto epochs = [&](int64_t batch) {
      return static_cast<double>(epoch) + static_cast<double>(batch) / static_cast<double>(shape.batches);
    };
    return request.recipe.learningRate * rateFactor(request.recipe, epochs(firstBatch),
                                                    epochs(firstBatch + count), state.standing.plateauFactor);
  }

  EpochResult trainEpoch(const CheckpointPlan& checkpoints, const Cancellation& cancellation,
                         const ProgressSink& progress);

  // Where the answers of training steps come from.
  TrainingInput& trainingInput(const Cancellation& cancellation, const ProgressSink& progress) {
    if (request.recipe.backboneRate > 0) return images;
    if (!trainingFeatures) {
      openFeatures(trainingFeatures, featureRequest("training", request.recipe.precision, request.trainRows),
                   cancellation, progress);
    }
    return *trainingFeatures;
  }

  // One process of a machine computes them, which may take long; its others wait.
  void openFeatures(std::optional<FrozenFeatures>& features, const FrozenFeatures::Request& wanted,
                    const Cancellation& cancellation, const ProgressSink& progress) const {
    const auto open = [&] { features.emplace(wanted, cancellation.own(), withEpoch(progress)); };
    if (request.group == nullptr) {
      open();
    } else {
      request.group->meetAfter(open, cancellation.own());
    }
  }

  Evaluation evaluate(at::ScalarType precision, const Cancellation& cancellation,
                      const ProgressSink& progress) {
    const std::vector<uint32_t>& rows = request.validationRows;
    const bool frozen = request.recipe.backboneRate == 0 && !rows.empty();
    if (frozen && !validationFeatures) {
      openFeatures(validationFeatures, featureRequest("validation", at::kFloat, rows), cancellation,
                   progress);
    }
    const BatchBuilder own(cache, request.spec, device, precision);
    PackedLayers packed;
    // Several processes stop between batches, all at the same one.
    Pass pass = Pass::evaluation(&packed);
    if (request.group == nullptr) pass = pass.stoppableBy(cancellation);
    const auto answers = [&](std::span<const uint32_t> batch) {
      return sharedRows(request.group.get(), batch, [&](std::span<const uint32_t> part) {
        return frozen ? validationFeatures->logits(part, pass) : model->forward(own.build(part).images, pass);
      });
    };
    return evaluateAnswers(answers, *cache, rows, request.batchSize, cancellation, withEpoch(progress));
  }

  FrozenFeatures::Request featureRequest(const char* folder, at::ScalarType precision,
                                         std::span<const uint32_t> rows) const {
    return {.model = *model,
            .spec = request.spec,
            .cache = cache,
            .device = device,
            .precision = precision,
            .folder = request.featureFolder + "/" + folder,
            .rows = rows,
            .batchSize = request.batchSize};
  }

  ProgressSink withEpoch(const ProgressSink& progress) const {
    return [this, &progress](Progress report) {
      report.epoch = state.position.epoch;
      progress(report);
    };
  }

  void setState(const TrainingState& next) {
    const std::lock_guard lock(stateMutex);
    state = next;
  }

  /// First, so that it goes last: after the tensors.
  const CachedMemory memory;
  const TrainRequest request;
  const at::Device device;
  const std::shared_ptr<const PixelCache> cache;
  const std::unique_ptr<Model> model;
  const BatchBuilder batches;
  const EpochShape shape;
  const int64_t parameters;
  Learner learner;
  ImageInput images{*model, batches, request.recipe.augmentation};
  std::optional<FrozenFeatures> trainingFeatures;
  std::optional<FrozenFeatures> validationFeatures;
  CheckpointStore store;
  CheckpointPace pace;
  bool resumed = false;
  bool pretrainedHead = false;

  /// Written by the engine thread, under the mutex since JavaScript reads it too. Its loss scale is only that
  /// of the last checkpoint.
  TrainingState state;
  mutable std::mutex stateMutex;
};

Trainer::Trainer(TrainRequest request)
    : implementation_(std::make_unique<Implementation>(std::move(request))) {}

Trainer::~Trainer() = default;

EpochResult Trainer::trainEpoch(const CheckpointPlan& checkpoints, const Cancellation& cancellation,
                                const ProgressSink& progress) {
  enterDevice(implementation_->request.device);
  return implementation_->together("train", cancellation, [&](const Cancellation& shared) {
    return implementation_->trainEpoch(checkpoints, shared, progress);
  });
}

EpochResult Trainer::Implementation::trainEpoch(const CheckpointPlan& checkpoints,
                                                const Cancellation& cancellation,
                                                const ProgressSink& progress) {
  TrainingInput& input = trainingInput(cancellation, progress);
  const Stopwatch watch;
  const int64_t epoch = state.position.epoch;
  const EpochSampler sampler(request.trainRows, request.batchSize, request.seed, epoch);
  ProgressPace reports;
  int64_t imagesNow = 0;
  EpochResult result{.epoch = epoch};
  while (state.position.epoch == epoch) {
    cancellation.throwIfCancelled();
    const StepPlan plan = nextStep(sampler);
    const double rate = rateOf(epoch, plan.firstBatch, plan.batches);
    const double loss = learner.step(input, sampler, plan, rate, cancellation);

    TrainingState next = state;
    TrainingPosition& at = next.position;
    at.batch += plan.batches;
    at.steps = learner.steps();
    at.images += plan.images;
    at.lossSum += loss * static_cast<double>(plan.images);
    imagesNow += plan.images;
    const Progress report{.phase = Phase::kTrain,
                          .epoch = epoch,
                          .batch = at.batch,
                          .batches = shape.batches,
                          .images = at.images,
                          .imagesPerSecond = static_cast<double>(imagesNow) / watch.seconds(),
                          .loss = at.lossSum / static_cast<double>(at.images),
                          .learningRate = rate};
    result.loss = report.loss;
    result.images = report.images;
    if (at.batch == shape.batches) at = {.epoch = epoch + 1, .steps = at.steps};
    setState(next);
    const int64_t before = epoch * shape.batches + plan.firstBatch;
    if (leads() && pace.due(checkpoints, before, before + plan.batches, CheckpointPace::Clock::now())) {
      saveCheckpoint();
    }
    if (reports.due(report)) progress(report);
  }
  result.seconds = watch.seconds();
  return result;
}

Evaluation Trainer::validate(at::ScalarType precision, const Cancellation& cancellation,
                             const ProgressSink& progress) {
  Implementation& self = *implementation_;
  enterDevice(self.request.device);
  const AveragedWeights averaged(self.learner.average());
  const std::string order = precision == at::kBFloat16 ? "validate bf16" : "validate fp32";
  Evaluation evaluation = self.together(order, cancellation, [&](const Cancellation& shared) {
    return self.evaluate(precision, shared, progress);
  });
  TrainingState next = self.state;
  if (next.position.batch == 0 &&
      next.standing.count(next.position.epoch, evaluation.loss, self.request.recipe)) {
    self.setState(next);
  }
  return evaluation;
}

void Trainer::saveCheckpoint() { implementation_->saveCheckpoint(); }

void Trainer::saveWeights(const std::string& path) {
  const AveragedWeights averaged(implementation_->learner.average());
  healthtensor::saveWeights(*implementation_->model, path);
}

Position Trainer::position() const {
  const std::lock_guard lock(implementation_->stateMutex);
  const TrainingPosition& at = implementation_->state.position;
  return {at.epoch, at.batch, implementation_->shape.batches};
}

Standing Trainer::standing() const {
  const std::lock_guard lock(implementation_->stateMutex);
  return implementation_->state.standing;
}

double Trainer::learningRate() const {
  const std::lock_guard lock(implementation_->stateMutex);
  const TrainingPosition& at = implementation_->state.position;
  return implementation_->rateOf(at.epoch, at.batch, implementation_->shape.accumulate);
}

int64_t Trainer::parameters() const { return implementation_->parameters; }

bool Trainer::resumed() const { return implementation_->resumed; }

bool Trainer::pretrainedHead() const { return implementation_->pretrainedHead; }

const std::string& Trainer::note() const { return implementation_->store.note(); }

int64_t Trainer::bytes() const {
  // Value, gradient, two moments, and the average.
  const int64_t copies = implementation_->request.recipe.emaDecay > 0 ? 5 : 4;
  return implementation_->parameters * copies * static_cast<int64_t>(sizeof(float));
}

}  // namespace healthtensor
