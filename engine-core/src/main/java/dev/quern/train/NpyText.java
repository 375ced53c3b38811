package dev.quern.train;

import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.nio.charset.Charset;

/// The elements of a .npy file of text: each takes as many bytes as the longest, filled up with zeros, which are no
/// part
/// of the text.
final class NpyText {
    private NpyText() {}

    static Tensor read(byte[] data, int width, Charset encoding, long[] extents) {
        String[] texts = new String[Shape.elements(extents)];
        for (int i = 0; i < texts.length; i++) {
            String padded = new String(data, i * width, width, encoding);
            int end = padded.length();
            while (end > 0 && padded.charAt(end - 1) == 0) {
                end--;
            }
            texts[i] = padded.substring(0, end);
        }
        return Tensor.of(texts, extents);
    }

    static byte[] written(Tensor texts, int width, Charset encoding) {
        byte[] data = new byte[Math.multiplyExact(texts.length(), width)];
        for (int i = 0; i < texts.length(); i++) {
            byte[] text = texts.getString(i).getBytes(encoding);
            System.arraycopy(text, 0, data, i * width, text.length);
        }
        return data;
    }
}
