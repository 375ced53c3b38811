package dev.quern.device;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What was built for a device, by text: for as long as a program uses it, and after that for the next model, until too
/// much lies idle; then what has lain longest is let go. Texts that were built as one source stay and go together.
///
/// Thread-safe.
///
/// @param <P> the driver's handle of what a source became
public final class BuiltTexts<P> {
    /// Functions that may lie idle: those of some large models.
    private static final int IDLE = 1024;

    private final int mostIdle;
    private final Consumer<P> release;
    private final Map<String, Source<P>> byText = new HashMap<>();
    private final Set<Source<P>> idle = new LinkedHashSet<>();
    private int idleTexts;

    /// Texts built together, and how many hold them.
    private static final class Source<P> {
        private final P program;
        private final Set<String> texts;
        private int holders;

        Source(P program, Set<String> texts) {
            this.program = program;
            this.texts = texts;
        }
    }

    /// @param release gives a program back to the driver
    public BuiltTexts(Consumer<P> release) {
        this(IDLE, release);
    }

    BuiltTexts(int mostIdle, Consumer<P> release) {
        this.mostIdle = mostIdle;
        this.release = release;
    }

    /// What the text became, or nothing where it is not there.
    public synchronized @Nullable P get(String text) {
        Source<P> source = byText.get(text);
        return source == null ? null : source.program;
    }

    public synchronized boolean has(String text) {
        return byText.containsKey(text);
    }

    /// Takes in what `texts`, none of which is there, became as one source.
    public synchronized void add(Collection<String> texts, P program) {
        Source<P> source = new Source<>(program, Set.copyOf(texts));
        source.texts.forEach(text -> byText.put(text, source));
        rest(source);
    }

    /// How many texts are there.
    synchronized int size() {
        return byText.size();
    }

    /// What one program uses: nothing yet.
    public Held newHold() {
        return new Held();
    }

    /// Lets go of everything, in use or not.
    public synchronized void clear() {
        new HashSet<>(byText.values()).forEach(s -> release.accept(s.program));
        byText.clear();
        idle.clear();
        idleTexts = 0;
    }

    private void rest(Source<P> source) {
        if (idle.add(source)) {
            idleTexts += source.texts.size();
        }
    }

    private synchronized void letGo(Set<Source<P>> sources) {
        for (Source<P> source : sources) {
            if (--source.holders == 0 && byText.get(source.texts.iterator().next()) == source) {
                rest(source);
            }
        }
        while (idleTexts > mostIdle) {
            Source<P> eldest = idle.iterator().next();
            idle.remove(eldest);
            idleTexts -= eldest.texts.size();
            eldest.texts.forEach(byText::remove);
            release.accept(eldest.program);
        }
    }

    /// Sources that stay until this is closed.
    public final class Held implements Accelerator.Hold {
        private final Set<Source<P>> sources = new HashSet<>();

        private Held() {}

        /// Holds what is there.
        ///
        /// @return the texts that are not
        public List<String> take(Collection<String> texts) {
            synchronized (BuiltTexts.this) {
                List<String> missing = new ArrayList<>();
                for (String text : texts) {
                    Source<P> source = byText.get(text);
                    if (source == null) {
                        missing.add(text);
                    } else if (sources.add(source) && source.holders++ == 0 && idle.remove(source)) {
                        idleTexts -= source.texts.size();
                    }
                }
                return missing;
            }
        }

        @Override
        public void close() {
            Set<Source<P>> mine;
            synchronized (BuiltTexts.this) {
                mine = Set.copyOf(sources);
                sources.clear();
            }
            letGo(mine);
        }
    }
}
