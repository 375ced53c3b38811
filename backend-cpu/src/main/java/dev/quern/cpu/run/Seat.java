package dev.quern.cpu.run;

/// What a thread asks about the processor that it is on.
public interface Seat {
    /// Where the system says nothing of it.
    Seat UNKNOWN = new Seat() {
        @Override
        public int processor() {
            return -1;
        }

        @Override
        public void leave(int processor) {
            // nobody is known to be there
        }
    };

    /// The number of the processor that the calling thread is on now; −1 where that is not known.
    int processor();

    /// Moves the calling thread from `processor` to any other that it may use; it stays where there is none. From then
    /// on it is the system's to move, as before.
    void leave(int processor);
}
