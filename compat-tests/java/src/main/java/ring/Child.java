package ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program beside this one, so that it can be killed as the system kills. */
final class Child {
    private static final List<Child> ALL = new ArrayList<>();

    private final Process process;
    private final Path output;

    /** Starts `main` with the class path of this program; what it prints goes to `output`. */
    Child(Path output, String main, String... args) throws Exception {
        this.output = output;
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
        synchronized (ALL) {
            ALL.add(this);
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    static void killAll() {
        synchronized (ALL) {
            ALL.forEach(child -> child.process.destroyForcibly());
        }
    }

    /** SIGTERM, and time to end. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS))
            kill();
    }

    boolean ended() {
        return !process.isAlive();
    }

    int status() {
        return process.exitValue();
    }

    /** The last of what it printed. */
    String tail() throws Exception {
        String text = Files.readString(output);
        return text.substring(Math.max(0, text.length() - 3000));
    }
}
