package matrix;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;

/** The conversation with the harness: scenarios by the names in SCENARIOS, a JSON line for each. */
public final class Matrix {
    /** What a scenario does; told the name that its topic, group and transactional id share. */
    @FunctionalInterface
    public interface Scenario {
        void run(String name) throws Exception;
    }

    private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));

    private Matrix() {}

    /** Says who this is, then runs what is asked for, in that order. */
    public static void run(String client, String version, Map<String, Scenario> table) {
        say("\"client\": " + quoted(client) + ", \"version\": " + quoted(version));
        for (String name : System.getenv("SCENARIOS").trim().split("\\s+")) {
            String failure = failure(name, table.get(name));
            String why = failure == null ? "" : ", \"why\": " + quoted(failure);
            say("\"scenario\": " + quoted(name) + ", \"ok\": " + (failure == null) + why);
        }
    }

    /** The version in the name of the jar that holds a class, behind the artifact's name. */
    public static String jarVersion(Class<?> of, String artifact) {
        String jar = of.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceAll(".*/" + artifact + "-|[.]jar$", "");
    }

    /** Has the broker killed and started again; returns when it is back. */
    public static void restartBroker() throws IOException {
        say("\"ask\": \"restart\"");
        Check.equal("the answer to the restart", "done", INPUT.readLine());
    }

    private static String failure(String name, Scenario scenario) {
        if (scenario == null) {
            return "this program has no such scenario";
        }
        try {
            scenario.run(System.getenv("PREFIX") + "-" + name);
            return null;
        } catch (Exception | AssertionError | LinkageError error) {
            error.printStackTrace();
            return error.toString();
        }
    }

    private static void say(String fields) {
        System.out.println("{" + fields + "}");
        System.out.flush();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else {
                quoted.append(c < ' ' ? ' ' : c);
            }
        }
        return quoted.append('"').toString();
    }
}
