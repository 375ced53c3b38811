package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a model is to be trained, as ONNX defines it since IR version 7.
///
/// @param initialization computes first values of the weights; null if there is none
/// @param algorithm computes one step; null if there is none
public record TrainingInfoProto(
        @Nullable GraphProto initialization,
        @Nullable GraphProto algorithm,
        List<StringStringEntryProto> initializationBinding,
        List<StringStringEntryProto> updateBinding,
        Extras extras) {
    private static final int INITIALIZATION = 1;
    private static final int ALGORITHM = 2;
    private static final int INITIALIZATION_BINDING = 3;
    private static final int UPDATE_BINDING = 4;

    /// Keeps unmodifiable copies of the lists.
    public TrainingInfoProto {
        initializationBinding = List.copyOf(initializationBinding);
        updateBinding = List.copyOf(updateBinding);
    }

    static TrainingInfoProto read(ProtoReader in) {
        GraphProto initialization = null;
        GraphProto algorithm = null;
        List<StringStringEntryProto> initial = new ArrayList<>();
        List<StringStringEntryProto> update = new ArrayList<>();
        while (in.next()) {
            switch (in.field()) {
                case INITIALIZATION -> initialization = in.message("initialization", initialization, GraphProto::read);
                case ALGORITHM -> algorithm = in.message("algorithm", algorithm, GraphProto::read);
                case INITIALIZATION_BINDING ->
                    in.addMessage("initialization_binding", initial, StringStringEntryProto::read);
                case UPDATE_BINDING -> in.addMessage("update_binding", update, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new TrainingInfoProto(initialization, algorithm, initial, update, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(UPDATE_BINDING, updateBinding, StringStringEntryProto::write);
        out.messages(INITIALIZATION_BINDING, initializationBinding, StringStringEntryProto::write);
        out.message(ALGORITHM, algorithm, GraphProto::write);
        out.message(INITIALIZATION, initialization, GraphProto::write);
    }
}
