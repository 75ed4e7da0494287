package matrix;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;

/** Hands everything on, but fails once: at the first record behind a complete checkpoint. */
final class FailsOnce implements MapFunction<String, String>, CheckpointListener {
    // Of this process: the mini cluster makes new instances.
    private static final AtomicBoolean FAILED = new AtomicBoolean();

    private boolean checkpointed;

    static boolean hasFailed() {
        return FAILED.get();
    }

    @Override
    public String map(String value) {
        if (checkpointed && FAILED.compareAndSet(false, true)) {
            throw new IllegalStateException("fails once, on purpose");
        }
        return value;
    }

    @Override
    public void notifyCheckpointComplete(long id) {
        checkpointed = true;
    }
}
