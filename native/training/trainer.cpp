#include "training/trainer.h"

#include "data/batch.h"
#include "memory/caching_allocator.h"
#include "models/model.h"
#include "models/registry.h"
#include "models/weights.h"
#include "training/frozen_backbone.h"
#include "training/joint_work.h"
#include "training/learner.h"
#include "training/sampler.h"
#include "training/saved_training.h"
#include "training/training_input.h"
#include "training/validation.h"

namespace healthtensor {
namespace {

std::unique_ptr<Model> freshModel(const TrainRequest& request, at::Device device) {
  std::unique_ptr<Model> model = buildModel(request.spec);
  model->state().initialise(request.seed);
  model->state().moveTo(device);
  return model;
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
        learner(*model, request.recipe, request.seed, request.group.get()) {
    if (request.leads()) start();
    if (request.group != nullptr) saved.share(*request.group);
  }

  void start() {
    resumed = request.resume && saved.resume();
    // Not before it is clear that the training is a fresh one: a resumed one may do without the file.
    if (!resumed && !request.pretrainedPath.empty()) {
      pretrainedHead = loadPretrained(*model, request.pretrainedPath).headLoaded;
      learner.restart();
    }
  }

  EpochResult trainEpoch(const CheckpointPlan& checkpoints, const Cancellation& cancellation,
                         const ProgressSink& progress);

  // Where the answers of training steps come from.
  TrainingInput& trainingInput(const Cancellation& cancellation, const ProgressSink& progress) {
    if (!request.isFrozen()) return images;
    return backbone.training(cancellation, withEpoch(progress));
  }

  Evaluation evaluate(at::ScalarType precision, const Cancellation& cancellation,
                      const ProgressSink& progress) {
    const BatchBuilder own(cache, request.spec, device, precision);
    return validateModel(*model, request, backbone, own, cancellation, withEpoch(progress));
  }

  ProgressSink withEpoch(const ProgressSink& progress) const {
    return [this, &progress](Progress report) {
      report.epoch = course.state().position.epoch;
      progress(report);
    };
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
  TrainingCourse course{request.recipe, shape};
  ImageInput images{*model, batches, request.recipe.augmentation};
  FrozenBackbone backbone{request, *model, cache, device};
  SavedTraining saved{request, *cache, *model, learner, course};
  bool resumed = false;
  bool pretrainedHead = false;
};

Trainer::Trainer(TrainRequest request)
    : implementation_(std::make_unique<Implementation>(std::move(request))) {}

Trainer::~Trainer() = default;

EpochResult Trainer::trainEpoch(const CheckpointPlan& checkpoints, const Cancellation& cancellation,
                                const ProgressSink& progress) {
  Implementation& self = *implementation_;
  enterDevice(self.request.device);
  return together(self.request.group.get(), "train", cancellation,
                  [&](const Cancellation& shared) { return self.trainEpoch(checkpoints, shared, progress); });
}

EpochResult Trainer::Implementation::trainEpoch(const CheckpointPlan& checkpoints,
                                                const Cancellation& cancellation,
                                                const ProgressSink& progress) {
  TrainingInput& input = trainingInput(cancellation, progress);
  const Stopwatch watch;
  const int64_t epoch = course.state().position.epoch;
  const EpochSampler sampler(request.trainRows, request.batchSize, request.seed, epoch);
  ProgressPace reports;
  int64_t imagesNow = 0;
  EpochResult result{.epoch = epoch};
  while (course.state().position.epoch == epoch) {
    cancellation.throwIfCancelled();
    const StepPlan plan = course.nextStep(sampler);
    const double rate = course.rateOf(plan);
    const double loss = learner.step(input, sampler, plan, rate, cancellation);
    const TrainingPosition reached = course.advance(plan, loss, learner.steps());
    imagesNow += plan.images;
    const Progress report{.phase = Phase::kTrain,
                          .epoch = epoch,
                          .batch = reached.batch,
                          .batches = shape.batches,
                          .images = reached.images,
                          .imagesPerSecond = static_cast<double>(imagesNow) / watch.seconds(),
                          .loss = reached.lossSum / static_cast<double>(reached.images),
                          .learningRate = rate};
    result.loss = report.loss;
    result.images = report.images;
    saved.saveWhenDue(checkpoints, epoch * shape.batches + plan.firstBatch, plan.batches);
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
  Evaluation evaluation =
      together(self.request.group.get(), order, cancellation,
               [&](const Cancellation& shared) { return self.evaluate(precision, shared, progress); });
  self.course.countValidation(evaluation.loss);
  return evaluation;
}

void Trainer::saveCheckpoint() { implementation_->saved.save(); }

void Trainer::saveWeights(const std::string& path) {
  const AveragedWeights averaged(implementation_->learner.average());
  healthtensor::saveWeights(*implementation_->model, path);
}

Position Trainer::position() const { return implementation_->course.position(); }

Standing Trainer::standing() const { return implementation_->course.standing(); }

double Trainer::learningRate() const { return implementation_->course.nextRate(); }

int64_t Trainer::parameters() const { return implementation_->parameters; }

bool Trainer::resumed() const { return implementation_->resumed; }

bool Trainer::pretrainedHead() const { return implementation_->pretrainedHead; }

const std::string& Trainer::note() const { return implementation_->saved.note(); }

int64_t Trainer::bytes() const {
  // Value, gradient, two moments, and the average.
  const int64_t copies = implementation_->request.recipe.emaDecay > 0 ? 5 : 4;
  return implementation_->parameters * copies * static_cast<int64_t>(sizeof(float));
}

}  // namespace healthtensor
