package matrix;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program beside this one, with the same class path. */
public final class Child implements AutoCloseable {
    /** Longer than any of Kafka's programs gives itself: a Connect worker's REST server alone waits 60 s for open requests. */
    private static final long PATIENCE_SECONDS = 180;

    private final Process process;

    private Child(Process process) {
        this.process = process;
    }

    public static Child start(Class<?> main, String... args) throws IOException {
        return start(main.getName(), args);
    }

    public static Child start(String main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m",
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=" + System.getProperty("org.slf4j.simpleLogger.defaultLogLevel"),
                "-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectInput(new File("/dev/null")).redirectError(ProcessBuilder.Redirect.INHERIT);
        // Standard output is the harness's; what a virtual machine has to say when it does not start goes there.
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(new File("/dev/stderr")));
        return new Child(builder.start());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; its exit code. */
    public int exit() throws InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        Check.that(ended, () -> "the child does not end");
        return process.exitValue();
    }

    /** SIGTERM: it may tidy up. */
    public void stop() throws InterruptedException {
        process.destroy();
        exit();
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        exit();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
