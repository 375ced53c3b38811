package dev.quern.bench.training;

import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/// Measures `mlp` or `cnn` in Deeplearning4j with nd4j-native: `WORK THREADS SECONDS`, printing what [TrainingRun]
/// does.
/// Its Adam with decay of the weights is AdamW.
public final class Dl4jRun {
    private Dl4jRun() {}

    public static void main(String[] args) throws IOException {
        Work work = Work.named(args[0]);
        Nd4j.getEnvironment().setMaxThreads(Integer.parseInt(args[1]));
        long nanos = (long) (Double.parseDouble(args[2]) * 1e9);
        List<DrawnBatch> batches =
                LongStream.range(0, 4).mapToObj(i -> DrawnBatch.of(work, i)).toList();
        MultiLayerNetwork network = new MultiLayerNetwork(args[0].equals("mlp") ? mlp() : cnn());
        network.init();
        StepTimes times = new StepTimes();
        double loss = Double.NaN;
        long begin = System.nanoTime();
        for (int step = 0; System.nanoTime() - begin < nanos; step++) {
            DrawnBatch batch = batches.get(step % batches.size());
            try (INDArray x = Nd4j.create(batch.values(), batch.shape());
                    INDArray y = Nd4j.create(batch.oneHot(work.classes()), work.batch(), work.classes())) {
                network.fit(x, y);
            }
            loss = network.score();
            times.stepEnded();
        }
        System.out.println(times.result(loss));
    }

    private static NeuralNetConfiguration.ListBuilder layers() {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .weightDecay(1e-2)
                .weightDecayBias(1e-2)
                .list();
    }

    private static DenseLayer dense(int in, int out) {
        return new DenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .activation(Activation.RELU)
                .build();
    }

    private static OutputLayer scores(int in) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(in)
                .nOut(10)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerConfiguration mlp() {
        return layers().layer(dense(784, 512))
                .layer(dense(512, 256))
                .layer(scores(256))
                .build();
    }

    private static ConvolutionLayer convolution(int in, int out) {
        return new ConvolutionLayer.Builder(3, 3)
                .nIn(in)
                .nOut(out)
                .padding(1, 1)
                .activation(Activation.RELU)
                .build();
    }

    private static SubsamplingLayer halved() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static MultiLayerConfiguration cnn() {
        return layers().layer(convolution(1, 32))
                .layer(halved())
                .layer(convolution(32, 64))
                .layer(halved())
                .layer(dense(64 * 7 * 7, 128))
                .layer(scores(128))
                .setInputType(InputType.convolutional(28, 28, 1))
                .build();
    }
}
