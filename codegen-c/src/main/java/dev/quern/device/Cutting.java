package dev.quern.device;

import dev.quern.codegen.Task;
import dev.quern.device.Queue.Part;
import java.util.ArrayList;
import java.util.List;

/// Cuts calls into batches of about so much work each.
final class Cutting {
    private final long workAtOnce;
    private final List<List<Part>> batches = new ArrayList<>();
    private List<Part> open = new ArrayList<>();
    private long pending;

    Cutting(long workAtOnce) {
        this.workAtOnce = workAtOnce;
    }

    void add(Task task, Queue.Call call) {
        int items = itemsAtOnce(task);
        long work = task.work() / task.items() * items;
        for (int from = 0; from < task.items(); from += items) {
            if (pending > 0 && pending + work > workAtOnce) {
                end();
            }
            open.add(new Part(call, from, Math.min(task.items() - from, items)));
            pending += work;
        }
    }

    /// What comes next starts another batch.
    void end() {
        if (!open.isEmpty()) {
            batches.add(open);
            open = new ArrayList<>();
            pending = 0;
        }
    }

    List<List<Part>> batches() {
        end();
        return batches;
    }

    private int itemsAtOnce(Task task) {
        if (task.work() <= workAtOnce) {
            return task.items();
        }
        int group = Math.max(1, task.group());
        long groups = Math.max(1, task.items() / Math.ceilDiv(task.work(), workAtOnce) / group);
        return (int) Math.min(task.items(), groups * group);
    }
}
