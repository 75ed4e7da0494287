package matrix;

import java.util.Map;

/** Kafka Streams: what lies on topics that it makes itself, and on transactions. */
public final class StreamsProgram {
    private StreamsProgram() {}

    public static void main(String[] args) throws Exception {
        Matrix.run("kafka-streams", Plain.clientsVersion(), Map.of(
                "count-restored", Counting::restored,
                "windowed", Counting::windowed,
                "join", Joining::run,
                "exactly-once", ExactlyOnce::run,
                "group-protocol", NewerProtocol::run));
    }
}
