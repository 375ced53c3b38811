package dev.quern.train;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The checkpoints of one training: the last few, one file each. A file appears as a whole or not at all.
record CheckpointFolder(Path folder) {
    private static final String SUFFIX = ".checkpoint";
    private static final int KEPT = 3;
    private static final System.Logger LOG = System.getLogger(CheckpointFolder.class.getName());

    /// Writes a checkpoint and removes those that are too old to be needed. An interrupt that is pending stays
    /// pending and does not disturb the writing.
    ///
    /// @throws CheckpointException where the folder cannot be written
    void save(Checkpoint checkpoint) {
        boolean interrupted = Thread.interrupted();
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve(String.format(Locale.ROOT, "step-%012d%s", checkpoint.step(), SUFFIX));
            Path unfinished = folder.resolve(file.getFileName() + ".tmp");
            interrupted |= writeAsAWhole(checkpoint, unfinished);
            move(unfinished, file);
            List<Path> files = files();
            for (Path old : files.subList(Math.min(KEPT, files.size()), files.size())) {
                Files.deleteIfExists(old);
            }
        } catch (IOException e) {
            throw new CheckpointException("cannot write a checkpoint to " + folder + ": " + e.getMessage(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Writes a file; again, where an interrupt closed the channel meanwhile.
    ///
    /// @return whether one did
    private static boolean writeAsAWhole(Checkpoint checkpoint, Path file) throws IOException {
        boolean interrupted = false;
        while (true) {
            try {
                write(checkpoint, file);
                return interrupted;
            } catch (ClosedByInterruptException e) {
                interrupted = true;
                boolean _ = Thread.interrupted();
            }
        }
    }

    private static void write(Checkpoint checkpoint, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
            checkpoint.write(out);
            out.flush();
            channel.force(true);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// The newest checkpoint that is whole; a damaged one is logged and passed over.
    ///
    /// @throws CheckpointException where there are files, but all are damaged
    Optional<Checkpoint> latest() {
        CheckpointException first = null;
        for (Path file : existing()) {
            try {
                return Optional.of(Checkpoint.read(file));
            } catch (CheckpointException e) {
                LOG.log(System.Logger.Level.WARNING, "{0}; the one before it is used", e.getMessage());
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
        return Optional.empty();
    }

    private List<Path> existing() {
        try {
            return Files.isDirectory(folder) ? files() : List.of();
        } catch (IOException e) {
            throw new CheckpointException("cannot read " + folder + ": " + e.getMessage(), e);
        }
    }

    /// Newest first.
    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(f -> f.getFileName().toString().endsWith(SUFFIX))
                    .sorted(Comparator.<Path>naturalOrder().reversed())
                    .toList();
        }
    }
}
