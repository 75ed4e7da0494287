package matrix;

import java.util.Map;

/** Kafka Connect with the file connectors that come with it. */
public final class ConnectProgram {
    private ConnectProgram() {}

    public static void main(String[] args) throws Exception {
        Matrix.run("kafka-connect", Plain.clientsVersion(), Map.of(
                "standalone", Standalone::run,
                "rest", Distributed::rest,
                "takeover", Distributed::takeover,
                "exactly-once", Distributed::exactlyOnce));
    }
}
