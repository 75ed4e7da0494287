package matrix;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.streams.KafkaStreams;

/** group.protocol=streams: works where the broker's streams.version is at least 1, else is refused in plain words. */
final class NewerProtocol {
    private NewerProtocol() {}

    static void run(String name) throws Exception {
        Counting.topics(name);
        Plain.write(Counting.records(name, 100));
        boolean known = isKnown();
        Folders.use(name, state -> {
            try (App app = App.begun(name, state, Counting.topology(name), "group.protocol", "streams")) {
                if (known) {
                    app.await(KafkaStreams.State.RUNNING);
                    Plain.readUntilLast(name + "-out", Counting.counts(10));
                } else {
                    app.await(KafkaStreams.State.ERROR);
                    checkRefusal(app.failure());
                }
            }
        });
    }

    private static boolean isKnown() throws Exception {
        try (Admin admin = Plain.admin()) {
            FinalizedVersionRange level = admin.describeFeatures().featureMetadata().get().finalizedFeatures().get("streams.version");
            return level != null && level.maxVersionLevel() > 0;
        }
    }

    /** The client has been told what is not supported, and has not found out by a timeout. */
    private static void checkRefusal(Throwable failure) {
        StringBuilder words = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            words.append(cause).append("; ");
        }
        Check.that(words.toString().contains("UnsupportedVersionException"), () -> "the application ended by " + words);
    }
}
