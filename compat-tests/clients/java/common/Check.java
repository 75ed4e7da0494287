package matrix;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** What has to be so, now or soon. */
public final class Check {
    /** How long a scenario waits for what it wants to see. */
    public static final Duration SOON = Duration.ofSeconds(20);

    private static final Duration PAUSE = Duration.ofMillis(50);

    private Check() {}

    public static void equal(String what, Object wanted, Object found) {
        that(Objects.equals(wanted, found), () -> what + " is " + found + ", not " + wanted);
    }

    public static void that(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise.get());
        }
    }

    /** Does a step again and again until it answers true. */
    public static void soon(String what, Callable<Boolean> step) throws Exception {
        soon(what, SOON, step);
    }

    public static void soon(String what, Duration within, Callable<Boolean> step) throws Exception {
        long deadline = System.nanoTime() + within.toNanos();
        while (!step.call()) {
            that(System.nanoTime() < deadline, () -> what + ": not within " + within.toSeconds() + " seconds");
            Thread.sleep(PAUSE.toMillis());
        }
    }

    /** Fails unless the step fails with this class, by itself or as the cause of what a future throws. */
    public static void fails(Class<? extends Throwable> wanted, Callable<?> step) {
        try {
            step.call();
        } catch (Exception thrown) {
            Throwable error = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
            that(wanted.isInstance(error), () -> error + " was thrown, no " + wanted.getSimpleName());
            return;
        }
        throw new AssertionError("nothing was thrown, no " + wanted.getSimpleName());
    }
}
