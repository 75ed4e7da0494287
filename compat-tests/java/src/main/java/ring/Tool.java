package ring;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

import org.apache.kafka.common.utils.Exit;

/**
 * Calls the main method of Apache's tools inside this process: a JVM for each would take longer than the tools.
 * What a tool prints goes to the stream of its thread and of the threads it starts; System.exit becomes a result.
 */
final class Tool {
    private static final InheritableThreadLocal<PrintStream> streams = new InheritableThreadLocal<>();
    private static final ThreadLocal<Integer> status = new ThreadLocal<>();
    static final PrintStream terminal = System.out;

    interface Main {
        void main(String[] args) throws Exception;
    }

    /** What a tool printed (both streams) and the status it ended with. */
    record Result(int status, String output) { }

    /** Ends a tool. Some catch it, complain and exit again: the first status counts. */
    private static final class Ended extends RuntimeException {
        Ended() {
            super("exit", null, false, false);
        }
    }

    private Tool() { }

    /** Must be called before any tool's class is loaded. */
    static void install() {
        PrintStream dispatch = new PrintStream(new OutputStream() {
            @Override
            public void write(int b) {
                target().write(b);
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                target().write(bytes, from, length);
            }
        }, false, StandardCharsets.UTF_8);
        System.setOut(new Forward(dispatch));
        System.setErr(new Forward(dispatch));
        Exit.setExitProcedure((code, message) -> exit(code));
        Exit.setHaltProcedure((code, message) -> exit(code));
        // Tools that live in this process must not hold up its end.
        Exit.setShutdownHookAdder((name, hook) -> { });
    }

    private static void exit(int code) {
        if (status.get() == null)
            status.set(code);
        // What it says of an exit that it caught itself, no process would have lived to say.
        if (streams.get() != null)
            streams.set(new PrintStream(OutputStream.nullOutputStream()));
        throw new Ended();
    }

    private static PrintStream target() {
        PrintStream own = streams.get();
        return own == null ? terminal : own;
    }

    /** Flushes at each write: lines of several threads must not meet in one buffer. */
    private static final class Forward extends PrintStream {
        Forward(PrintStream to) {
            super(to, true, StandardCharsets.UTF_8);
        }

        @Override
        public void println(String line) {
            target().println(line);
        }

        @Override
        public void println(Object line) {
            target().println(line);
        }

        @Override
        public void print(String text) {
            target().print(text);
        }

        @Override
        public void flush() {
            target().flush();
        }
    }

    /** From now on this thread and those it starts print to `to`. */
    static void printTo(PrintStream to) {
        streams.set(to);
    }

    static Result run(Main tool, String... args) throws Exception {
        return run("", tool, args);
    }

    /** Runs a tool that reads `input` from its standard input. */
    static Result run(String input, Main tool, String... args) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = streams.get();
        status.remove();
        if (!input.isEmpty())
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        PrintStream own = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        streams.set(own);
        try {
            tool.main(args);
        } catch (Ended end) {
            // its status is kept
        } finally {
            own.flush();
            streams.set(before);
        }
        Integer ended = status.get();
        return new Result(ended == null ? 0 : ended, bytes.toString(StandardCharsets.UTF_8));
    }

    /** As run, with what the tool prints to its standard output alone. A tool that throws ends with status 1, as in a JVM. */
    static Result runQuietly(Main tool, String... args) throws Exception {
        PrintStream before = System.err;
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        try {
            return run("", tool, args);
        } catch (Exception e) {
            return new Result(1, "");
        } finally {
            System.setErr(before);
        }
    }

    /** As run, and the tool must end with status 0. */
    static String ok(String input, Main tool, String... args) throws Exception {
        Result result = run(input, tool, args);
        if (result.status != 0)
            throw new AssertionError("status " + result.status + " of " + String.join(" ", args) + ":\n" + result.output);
        return result.output;
    }

    /** A stream that hands each whole line to `each`. */
    static PrintStream lines(Consumer<String> each) {
        return new PrintStream(new OutputStream() {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public synchronized void write(int b) {
                if (b == '\n')
                    end();
                else
                    line.write(b);
            }

            @Override
            public synchronized void write(byte[] bytes, int from, int length) {
                int begin = from;
                for (int i = from; i < from + length; i++)
                    if (bytes[i] == '\n') {
                        line.write(bytes, begin, i - begin);
                        end();
                        begin = i + 1;
                    }
                line.write(bytes, begin, from + length - begin);
            }

            private void end() {
                each.accept(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        }, false, StandardCharsets.UTF_8);
    }
}
