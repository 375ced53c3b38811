package dev.quern.bench.suite;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.tensor.DType;

/// Models of images [N, 3, height, width], batch normalisation folded into their convolutions.
final class ImageModels {
    private ImageModels() {}

    private static Value image(Layers l, int extent) {
        return l.input("image", DType.F32, 3, extent, extent);
    }

    /// He et al., *Deep Residual Learning* (2015), with strides as in torchvision.
    static Graph resNet50() {
        GraphBuilder g = new GraphBuilder("resnet50");
        Layers l = Layers.in(g);
        Value x = l.maxPool(l.conv(image(l, 224), 3, 64, 7, 2, l::relu), 3, 1);
        int in = 64;
        int[] depths = {3, 4, 6, 3};
        for (int stage = 0; stage < depths.length; stage++) {
            int width = 64 << stage;
            for (int i = 0; i < depths[stage]; i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                Value y = l.conv(x, in, width, 1, 1, l::relu);
                y = l.conv(y, width, width, 3, stride, l::relu);
                y = l.conv(y, width, 4 * width, 1, 1, 1);
                Value shortcut = i == 0 ? l.conv(x, in, 4 * width, 1, stride, 1) : x;
                x = l.relu(l.f().add(y, shortcut));
                in = 4 * width;
            }
        }
        g.output("scores", l.classes(l.mean(x), in, 1000));
        return g.build();
    }

    /// One row of an inverted-residual architecture.
    private record Stage(int expansion, int out, int blocks, int stride, int taps) {}

    /// Sandler et al., *MobileNetV2* (2018).
    static Graph mobileNetV2() {
        GraphBuilder g = new GraphBuilder("mobilenetv2");
        Layers l = Layers.in(g);
        Stage[] stages = {
            new Stage(1, 16, 1, 1, 3),
            new Stage(6, 24, 2, 2, 3),
            new Stage(6, 32, 3, 2, 3),
            new Stage(6, 64, 4, 2, 3),
            new Stage(6, 96, 3, 1, 3),
            new Stage(6, 160, 3, 2, 3),
            new Stage(6, 320, 1, 1, 3)
        };
        Value x = l.conv(image(l, 224), 3, 32, 3, 2, l::relu);
        int in = 32;
        for (Stage stage : stages) {
            for (int i = 0; i < stage.blocks; i++) {
                int hidden = in * stage.expansion;
                Value y = stage.expansion == 1 ? x : l.conv(x, in, hidden, 1, 1, l::relu);
                y = l.relu(l.conv(y, hidden, hidden, stage.taps, i == 0 ? stage.stride : 1, hidden));
                y = l.conv(y, hidden, stage.out, 1, 1, 1);
                x = i > 0 ? l.f().add(x, y) : y;
                in = stage.out;
            }
        }
        x = l.conv(x, in, 1280, 1, 1, l::relu);
        g.output("scores", l.classes(l.mean(x), 1280, 1000));
        return g.build();
    }

    /// Tan and Le, *EfficientNet* (2019), B0.
    static Graph efficientNetB0() {
        GraphBuilder g = new GraphBuilder("efficientnet-b0");
        Layers l = Layers.in(g);
        Stage[] stages = {
            new Stage(1, 16, 1, 1, 3),
            new Stage(6, 24, 2, 2, 3),
            new Stage(6, 40, 2, 2, 5),
            new Stage(6, 80, 3, 2, 3),
            new Stage(6, 112, 3, 1, 5),
            new Stage(6, 192, 4, 2, 5),
            new Stage(6, 320, 1, 1, 3)
        };
        Value x = l.conv(image(l, 224), 3, 32, 3, 2, l::silu);
        int in = 32;
        for (Stage stage : stages) {
            for (int i = 0; i < stage.blocks; i++) {
                int hidden = in * stage.expansion;
                Value y = stage.expansion == 1 ? x : l.conv(x, in, hidden, 1, 1, l::silu);
                y = l.silu(l.conv(y, hidden, hidden, stage.taps, i == 0 ? stage.stride : 1, hidden));
                Value squeezed = l.conv(l.mean(y), hidden, in / 4, 1, 1, l::silu);
                Value gate = g.apply(Activations.SIGMOID, l.conv(squeezed, in / 4, hidden, 1, 1, 1));
                y = l.conv(l.f().mul(y, gate), hidden, stage.out, 1, 1, 1);
                x = i > 0 ? l.f().add(x, y) : y;
                in = stage.out;
            }
        }
        x = l.conv(x, in, 1280, 1, 1, l::silu);
        g.output("scores", l.classes(l.mean(x), 1280, 1000));
        return g.build();
    }

    /// Ronneberger et al., *U-Net* (2015), with padding, 16 channels at the top, nearest neighbours on the way up.
    static Graph uNet() {
        GraphBuilder g = new GraphBuilder("unet");
        Layers l = Layers.in(g);
        Value x = image(l, 128);
        Value[] kept = new Value[3];
        int in = 3;
        for (int level = 0; level < 4; level++) {
            int width = 16 << level;
            x = l.conv(l.conv(x, in, width, 3, 1, l::relu), width, width, 3, 1, l::relu);
            in = width;
            if (level < kept.length) {
                kept[level] = x;
                x = l.maxPool(x, 2, 0);
            }
        }
        for (int level = kept.length - 1; level >= 0; level--) {
            int width = 16 << level;
            Value up = l.conv(twice(l, x), in, width, 1, 1, l::relu);
            x = l.f().concat(1, kept[level], up);
            x = l.conv(l.conv(x, 2 * width, width, 3, 1, l::relu), width, width, 3, 1, l::relu);
            in = width;
        }
        g.output("mask", l.conv(x, in, 1, 1, 1, 1));
        return g.build();
    }

    /// Each position of square images twice along both axes.
    private static Value twice(Layers l, Value x) {
        int extent = Math.toIntExact(x.type().asTensor().shape().dim(2).extent());
        long[] places = new long[2 * extent];
        for (int i = 0; i < places.length; i++) {
            places[i] = i / 2;
        }
        Value indices = l.f().g().longs(places);
        return l.f().gather(l.f().gather(x, 2, indices), 3, indices);
    }

    /// A detector in the manner of YOLO: a backbone of 3 × 3 convolutions and residuals, features of three scales.
    static Graph detector() {
        GraphBuilder g = new GraphBuilder("detector");
        Layers l = Layers.in(g);
        Value x = l.conv(image(l, 320), 3, 16, 3, 2, l::silu);
        int in = 16;
        Value[] scales = new Value[4];
        for (int stage = 0; stage < 4; stage++) {
            int width = 32 << stage;
            x = l.conv(x, in, width, 3, 2, l::silu);
            Value y = l.conv(x, width, width / 2, 1, 1, l::silu);
            y = l.conv(y, width / 2, width, 3, 1, l::silu);
            x = l.f().add(x, y);
            scales[stage] = x;
            in = width;
        }
        Value top = scales[3];
        for (int stage = 3; stage >= 1; stage--) {
            int width = 32 << stage;
            Value head = l.conv(top, width, width, 3, 1, l::silu);
            g.output("scale" + stage, l.conv(head, width, 85, 1, 1, 1));
            if (stage > 1) {
                Value up = l.conv(twice(l, head), width, width / 2, 1, 1, l::silu);
                top = l.f().add(scales[stage - 1], up);
            }
        }
        return g.build();
    }
}
