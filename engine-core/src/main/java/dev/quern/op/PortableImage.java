package dev.quern.op;

import dev.quern.op.ImageDecoder.Image;

/// PBM, PGM and PPM, as text (P1 to P3) and binary (P4 to P6).
final class PortableImage {
    private final byte[] file;
    private int at = 2;

    private PortableImage(byte[] file) {
        this.file = file;
    }

    static boolean is(byte[] file) {
        return file.length > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6';
    }

    /// The image, or an empty one where the file is broken.
    static Image read(byte[] file) {
        try {
            return new PortableImage(file).image();
        } catch (BrokenException broken) {
            return Image.EMPTY;
        }
    }

    private static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private Image image() throws BrokenException {
        int kind = file[1] - '0';
        boolean binary = kind > 3;
        boolean bits = kind % 3 == 1;
        int channels = kind % 3 == 0 ? 3 : 1;
        int width = number();
        int height = number();
        int most = bits ? 1 : number();
        if (most < 1 || most > 65535 || (long) width * height > file.length * 8L) {
            throw new BrokenException();
        }
        // one white space ends the header
        at += binary ? 1 : 0;
        int[] colours = new int[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int colour = 0;
                for (int c = 0; c < channels; c++) {
                    colour = colour << 8 | level(binary, bits, x, most);
                }
                colours[y * width + x] = channels == 3 ? colour : colour * 0x010101;
            }
            at += binary && bits ? (width + 7) / 8 : 0;
        }
        return new Image(height, width, colours);
    }

    /// The next sample, from 0 to 255.
    private int level(boolean binary, boolean bits, int x, int most) throws BrokenException {
        if (bits) {
            int set = binary ? octet(at + x / 8) >> 7 - x % 8 & 1 : digit();
            return set == 1 ? 0 : 255;
        }
        int value = !binary ? number() : most < 256 ? octet(at++) : octet(at++) << 8 | octet(at++);
        return Math.round(Math.min(value, most) * 255f / most);
    }

    private int octet(int i) throws BrokenException {
        if (i >= file.length) {
            throw new BrokenException();
        }
        return file[i] & 255;
    }

    /// In PBM as text, digits need no space between them.
    private int digit() throws BrokenException {
        skipSpace();
        return octet(at++) - '0';
    }

    private int number() throws BrokenException {
        skipSpace();
        int from = at;
        long value = 0;
        while (at < file.length && Character.isDigit(file[at])) {
            value = Math.min(value * 10 + file[at++] - '0', Integer.MAX_VALUE);
        }
        if (at == from) {
            throw new BrokenException();
        }
        return (int) value;
    }

    private void skipSpace() throws BrokenException {
        while (Character.isWhitespace(octet(at)) || octet(at) == '#') {
            if (octet(at) == '#') {
                while (octet(at) != '\n') {
                    at++;
                }
            }
            at++;
        }
    }
}
