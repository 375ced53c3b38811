package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.graph.Evaluator;
import dev.quern.op.ImageDecoder.Pixels;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of each format that is read, and what becomes of others.
class ImageDecoderTest {

    private static Tensor decode(Pixels pixels, byte... file) {
        Tensor bytes = Tensor.wrap(DType.U8, file, file.length);
        return new Evaluator()
                .evaluate(new ImageDecoder(pixels), List.of(bytes))
                .getFirst()
                .asTensor();
    }

    private static byte[] text(String file) {
        return file.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "gif", "tiff"})
    void readsWhatTheJdkReads(String format) throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xff0080);
        image.setRGB(1, 0, 0x00ff20);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        byte[] file = out.toByteArray();
        assertThat(decode(Pixels.RGB, file).shape()).isEqualTo(Shape.of(1, 2, 3));
        assertThat(decode(Pixels.RGB, file).toLongs()).containsExactly(255, 0, 128, 0, 255, 32);
        assertThat(decode(Pixels.BGR, file).toLongs()).containsExactly(128, 0, 255, 32, 255, 0);
        assertThat(decode(Pixels.GRAYSCALE, file).toLongs()).containsExactly(91, 153);
    }

    @Test
    void readsPortableImages() {
        assertThat(decode(Pixels.RGB, text("P3 # a comment\n1 2\n15\n15 0 5  0 15 10\n"))
                        .toLongs())
                .containsExactly(255, 0, 85, 0, 255, 170);
        assertThat(decode(Pixels.GRAYSCALE, text("P5 2 1 255\n\u0007\u00c8")).toLongs())
                .containsExactly(7, 200);
        assertThat(decode(Pixels.GRAYSCALE, text("P5 1 1 65535\n\u0080\u0000")).toLongs())
                .containsExactly(128);
        assertThat(decode(Pixels.GRAYSCALE, text("P1 3 1 010")).toLongs()).containsExactly(255, 0, 255);
        assertThat(decode(Pixels.GRAYSCALE, text("P4 3 2\n@\u00a0")).toLongs()).containsExactly(255, 0, 255, 0, 255, 0);
    }

    @Test
    void aBrokenFileGivesAnEmptyImage() {
        assertThat(decode(Pixels.RGB, text("no image")).shape()).isEqualTo(Shape.of(0, 0, 3));
        assertThat(decode(Pixels.RGB, text("P6 2 2 255\nxyz")).shape()).isEqualTo(Shape.of(0, 0, 3));
        assertThat(decode(Pixels.RGB, text("P6 2000000000 2000000000 255\n")).shape())
                .isEqualTo(Shape.of(0, 0, 3));
    }

    @Test
    void formatsThatAreNotReadAreNamed() {
        byte[] webp = Arrays.copyOf(text("RIFF\u0001\u0002\u0003\u0004WEBPVP8 "), 20);
        assertThatThrownBy(() -> decode(Pixels.RGB, webp))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("cannot read WebP");
        byte[] jpeg2000 = text("\u0000\u0000\u0000\u000cjP  \r\n\u0087\n");
        assertThatThrownBy(() -> decode(Pixels.RGB, jpeg2000)).hasMessageContaining("cannot read JPEG 2000");
    }
}
