package dev.quern.op;

import dev.quern.op.ImageDecoder.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Images as the JDK reads them, and the plug-ins of its ImageIO. Kept apart, so that nothing else needs the module
/// java.desktop.
final class DesktopImage {
    private DesktopImage() {}

    /// Whether there is a reader for the format that is called so.
    static boolean reads(String format) {
        return ImageIO.getImageReadersByFormatName(format).hasNext();
    }

    /// The image, or an empty one where the file is none or broken.
    static Image read(byte[] file) {
        try {
            // a stream in memory, which the reader closes: the default cache would write files
            BufferedImage image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(file)));
            if (image == null) {
                return Image.EMPTY;
            }
            int width = image.getWidth();
            int height = image.getHeight();
            return new Image(height, width, image.getRGB(0, 0, width, height, null, 0, width));
        } catch (IOException | IllegalArgumentException broken) {
            return Image.EMPTY;
        }
    }
}
