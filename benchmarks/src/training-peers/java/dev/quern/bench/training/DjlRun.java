package dev.quern.bench.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;

/// Measures `mlp` or `cnn` in DJL with PyTorch: `WORK THREADS SECONDS`, printing what [TrainingRun] does.
public final class DjlRun {
    private DjlRun() {}

    public static void main(String[] args) throws IOException {
        Work work = Work.named(args[0]);
        System.setProperty("ai.djl.pytorch.num_threads", args[1]);
        long nanos = (long) (Double.parseDouble(args[2]) * 1e9);
        List<DrawnBatch> batches =
                LongStream.range(0, 4).mapToObj(i -> DrawnBatch.of(work, i)).toList();
        TrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Optimizer.adamW()
                        .optLearningRateTracker(Tracker.fixed(1e-3f))
                        .build());
        StepTimes times = new StepTimes();
        double loss = Double.NaN;
        try (Model model = Model.newInstance(args[0], "PyTorch")) {
            model.setBlock(args[0].equals("mlp") ? mlp() : cnn());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(batches.getFirst().shape()));
                long begin = System.nanoTime();
                for (int step = 0; System.nanoTime() - begin < nanos; step++) {
                    loss = step(trainer, batches.get(step % batches.size()));
                    times.stepEnded();
                }
            }
        }
        System.out.println(times.result(loss));
    }

    private static double step(Trainer trainer, DrawnBatch batch) {
        double loss;
        try (NDManager scope = trainer.getManager().newSubManager();
                GradientCollector gradients = trainer.newGradientCollector()) {
            NDArray x = scope.create(batch.values(), new Shape(batch.shape()));
            NDArray y = scope.create(batch.classes());
            NDArray judged = trainer.getLoss().evaluate(new NDList(y), trainer.forward(new NDList(x)));
            gradients.backward(judged);
            loss = judged.getFloat();
        }
        trainer.step();
        return loss;
    }

    private static Block linear(int out) {
        return Linear.builder().setUnits(out).build();
    }

    private static Block mlp() {
        return new SequentialBlock()
                .add(linear(512))
                .add(Activation::relu)
                .add(linear(256))
                .add(Activation::relu)
                .add(linear(10));
    }

    private static Block convolution(int out) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(out)
                .optPadding(new Shape(1, 1))
                .build();
    }

    private static Block halved() {
        return Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
    }

    private static Block cnn() {
        return new SequentialBlock()
                .add(convolution(32))
                .add(Activation::relu)
                .add(halved())
                .add(convolution(64))
                .add(Activation::relu)
                .add(halved())
                .add(Blocks.batchFlattenBlock())
                .add(linear(128))
                .add(Activation::relu)
                .add(linear(10));
    }
}
